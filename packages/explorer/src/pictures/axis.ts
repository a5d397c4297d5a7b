/** A scale from values to pixels, and the values that its axis marks. */
export interface Axis {
  readonly ticks: readonly number[];
  /** Returns the pixel of a value. */
  readonly at: (value: number) => number;
}

/** Pixels at both ends of an axis; the second may be smaller. */
type Pixels = readonly [from: number, to: number];

/**
 * Makes a linear axis with ticks at round values.
 *
 * @param most - Maximum number of ticks.
 * @param isNice - Whether the axis extends to a tick at both ends.
 */
export function linearAxis(
  values: readonly number[],
  pixels: Pixels,
  most: number,
  isNice: boolean,
): Axis {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high)
    [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((multiple) => multiple * power >= rough) ?? 10);
  const [first, last] = isNice
    ? [Math.floor(low / step), Math.ceil(high / step)]
    : [Math.ceil(low / step), Math.floor(high / step)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  if (isNice) [low, high] = [first * step, last * step];
  return { ticks, at: interpolated(low, high, pixels) };
}

/** Makes a logarithmic axis of positive values. */
export function logAxis(values: readonly number[], pixels: Pixels, ticks: readonly number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(Math.log);
  const linear = interpolated(low, high, pixels);
  return { ticks, at: (value) => linear(Math.log(value)) };
}

function interpolated(low: number, high: number, [from, to]: Pixels): (value: number) => number {
  return (value) => from + ((to - from) * (value - low)) / (high - low || 1);
}

/** Multiples of a power of ten that an axis may mark, from few to many. */
const LADDERS = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5], [1, 1.5, 2, 3, 4, 5, 7]];

/**
 * Returns the ticks of a logarithmic axis: round values between `low` and `high`, as many as fit with their
 * labels.
 *
 * @param most - Maximum number of ticks.
 */
export function logTicks(low: number, high: number, most: number): number[] {
  const [first, last] = [low, high].map((value) => Math.floor(Math.log10(value)));
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const between = (ladder: readonly number[], some: readonly number[]): number[] =>
    some
      .flatMap((power) => ladder.map((multiple) => Number(`${multiple}e${power}`)))
      .filter((value) => value >= low && value <= high);
  const fitting = LADDERS.map((ladder) => between(ladder, powers)).filter(
    (ticks) => ticks.length <= most,
  );
  const densest = fitting.at(-1);
  if (densest) return densest;
  const every = Math.ceil(powers.length / most);
  return between(
    [1],
    powers.filter((_, i) => i % every === 0),
  );
}
