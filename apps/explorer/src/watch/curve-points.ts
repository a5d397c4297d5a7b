import type { LogEntry } from '@ramble/runs';

/** A part of the horizontal axis. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A logged quantity that curves show. */
export type Measured =
  'loss' | 'validationLoss' | 'learningRate' | 'gradientNorm' | 'tokensPerSecond';

/** Quantity on the horizontal axis. */
export type Axis = 'step' | 'tokens' | 'elapsedSeconds';

/** Unit of losses: nats per token, bits per character, or the perplexity of a token. */
export type LossUnit = 'nats' | 'bits' | 'perplexity';

/** Quantities of the two axes. */
export interface Scales {
  readonly axis: Axis;
  readonly unit: LossUnit;
}

/** A run whose curves are drawn. */
export interface DrawnRun {
  readonly run: string;
  /** Index of the run's colour (`runColour`). */
  readonly place: number;
  readonly entries: readonly LogEntry[];
  readonly tokensPerStep?: number;
  readonly bitsPerCharacter?: number;
}

/** A curve: positions on the horizontal axis, ascending, and the values there. */
export interface Points {
  readonly at: readonly number[];
  readonly values: readonly number[];
}

/** Returns a quantity of a run as a curve, which is empty if the run lacks the quantity of an axis. */
export function pointsOf(run: DrawnRun, measure: Measured, { axis, unit }: Scales): Points {
  const { entries, bitsPerCharacter } = run;
  const [at, values]: [number[], number[]] = [[], []];
  for (const entry of entries) {
    const place = positionOf(run, axis, entry);
    const value = entry[measure];
    if (place === undefined || value === undefined) continue;
    const shown = isLoss(measure) ? lossIn(unit, value, bitsPerCharacter) : value;
    if (shown === undefined) return { at: [], values: [] };
    at.push(place);
    values.push(shown);
  }
  return { at, values };
}

/** Returns the position of an entry on the horizontal axis; `undefined` if it is unknown. */
function positionOf({ tokensPerStep }: DrawnRun, axis: Axis, entry: LogEntry): number | undefined {
  return axis === 'tokens' ? tokensPerStep && entry.step * tokensPerStep : entry[axis];
}

/**
 * Converts a loss in nats per token to another unit.
 *
 * @param bitsPerCharacter - Bits per character for a loss of 1 nat per token; absent if unknown.
 * @returns `undefined` for bits per character if their factor is unknown.
 */
export function lossIn(
  unit: LossUnit,
  loss: number,
  bitsPerCharacter: number | undefined,
): number | undefined {
  if (unit === 'nats') return loss;
  if (unit === 'perplexity') return Math.exp(loss);
  return bitsPerCharacter && loss * bitsPerCharacter;
}

/**
 * Smooths a curve by an exponential moving average without the bias of its start. The correction is the one of Adam
 * (Kingma and Ba 2015, section 3), as in TensorBoard.
 *
 * @param weight - Weight of the average so far, from 0 (no smoothing) to below 1.
 */
export function smoothed({ at, values }: Points, weight: number): Points {
  if (weight === 0) return { at, values };
  let [average, share] = [0, 0];
  const means = values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = weight * average + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return average / share;
  });
  return { at, values: means };
}

/** Fraction of the values that count as outliers at each end. */
const OUTLIERS = 0.05;

/** Returns the 5th and the 95th percentile of the values of curves in a span; `undefined` without values. */
export function usualRange(
  curves: readonly Points[],
  { from, to }: Span,
): readonly [min: number, max: number] | undefined {
  const inside = curves.flatMap(({ at, values }) =>
    values.filter((value, i) => {
      const place = at[i] ?? NaN;
      return place >= from && place <= to && Number.isFinite(value);
    }),
  );
  const sorted = Float64Array.from(inside).sort();
  const last = sorted.length - 1;
  const [min, max] = [
    sorted[Math.floor(OUTLIERS * last)],
    sorted[Math.ceil((1 - OUTLIERS) * last)],
  ];
  return min === undefined || max === undefined ? undefined : [min, max];
}

/** Returns the value of a quantity that is nearest to a position; `undefined` if the run has none. */
export function valueAt(
  run: DrawnRun,
  measure: Measured,
  { axis, unit }: Scales,
  at: number,
): number | undefined {
  const { entries, bitsPerCharacter } = run;
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry && (positionOf(run, axis, entry) ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const seek = (first: number, step: number) => {
    let i = first;
    while (entries[i] && entries[i]?.[measure] === undefined) i += step;
    return entries[i];
  };
  const [before, after] = [seek(low - 1, -1), seek(low, 1)];
  const distance = (entry?: LogEntry) =>
    Math.abs(((entry && positionOf(run, axis, entry)) ?? Infinity) - at);
  const value = (distance(before) <= distance(after) ? before : after)?.[measure];
  if (value === undefined || !isLoss(measure)) return value;
  return lossIn(unit, value, bitsPerCharacter);
}

function isLoss(measure: Measured): boolean {
  return measure === 'loss' || measure === 'validationLoss';
}

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
 * Scales the width of a part of the horizontal axis by a factor, up to the whole axis. Returns `undefined` for the
 * whole axis.
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
