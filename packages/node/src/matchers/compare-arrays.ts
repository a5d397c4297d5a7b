/** How far two numbers may differ: `|actual - expected| <= atol + rtol * |expected|`. */
export interface Tolerance {
  /** Share of the expected magnitude; default 0. */
  readonly rtol?: number;
  /** Absolute part; default 1e-6. */
  readonly atol?: number;
}

/** The verdict on two arrays, and where they differ most. */
export interface Comparison {
  readonly close: boolean;
  /** Flat index of the largest excess over the tolerance; -1 for empty arrays. */
  readonly worstIndex: number;
  /** Difference at that index; `NaN` when exactly one side is not a number. */
  readonly worstDifference: number;
}

/** Compares flat arrays entry by entry; equal infinities and two NaN count as equal. */
export function compareArrays(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 0, atol = 1e-6 }: Tolerance = {},
): Comparison {
  let worstIndex = -1;
  let worstExcess = -Infinity;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i], expected[i]];
    if (Object.is(a, e) || a === e) continue;
    const excess = Math.abs(a - e) - (atol + rtol * Math.abs(e));
    const comparable = Number.isNaN(excess) ? Infinity : excess;
    if (comparable > worstExcess) [worstExcess, worstIndex] = [comparable, i];
  }
  return {
    close: actual.length === expected.length && worstExcess <= 0,
    worstIndex,
    worstDifference: worstIndex < 0 ? 0 : Math.abs(actual[worstIndex] - expected[worstIndex]),
  };
}
