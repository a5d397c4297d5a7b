import type { Span, Time } from './column-values.js';
import type { DrawnRun } from './draw-curve.js';

/** The part of the horizontal axis that logs are in. */
export function wholeSpan(runs: readonly DrawnRun[], time: Time): Span {
  const ends = runs.flatMap(({ entries }) => {
    const times = entries.flatMap((entry) => entry[time] ?? []);
    return [times.at(0) ?? [], times.at(-1) ?? []].flat();
  });
  if (ends.length === 0) return { from: 0, to: 1 };
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  return { from, to: to > from ? to : from + 1 };
}

/**
 * A part of the axis that is so much as wide, around a point; no more than the whole.
 *
 * @param around - The middle of the part, unless given.
 */
export function narrowed(
  { from, to }: Span,
  around = (from + to) / 2,
  factor: number,
  whole: Span,
): Span | undefined {
  const part = { from: around + (from - around) * factor, to: around + (to - around) * factor };
  const inside = { from: Math.max(part.from, whole.from), to: Math.min(part.to, whole.to) };
  const isWhole = inside.from === whole.from && inside.to === whole.to;
  return isWhole ? undefined : inside;
}
