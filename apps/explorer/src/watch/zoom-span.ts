import type { Span } from './column-values.js';
import { type Axis, type DrawnRun, positionOf } from './curve-points.js';

/** Returns the part of the horizontal axis that logs cover. */
export function wholeSpan(runs: readonly DrawnRun[], axis: Axis): Span {
  const ends = runs.flatMap((run) => {
    const positions = run.entries.flatMap((entry) => positionOf(run, axis, entry) ?? []);
    return [positions.at(0) ?? [], positions.at(-1) ?? []].flat();
  });
  if (ends.length === 0) return { from: 0, to: 1 };
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  return { from, to: to > from ? to : from + 1 };
}

/**
 * Returns a part of the axis whose width is scaled by a factor, at most the whole axis.
 *
 * @param around - Fixed point of the scaling; by default the middle of the part.
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
