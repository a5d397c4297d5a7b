/** Numbers, nested arrays of numbers, or anything with a shape and `dataSync`, such as a tensor. */
export type Numbers =
  | ArrayLike<number>
  | readonly unknown[]
  | { readonly shape: readonly number[]; dataSync(): ArrayLike<number> };

/** A jest matcher: `expect(actual).toBeAllClose(expected, { rtol, atol })`. */
export function toBeAllClose(
  actual: Numbers,
  expected: Numbers,
  tolerance: Tolerance = {},
): { pass: boolean; message: () => string } {
  const [a, e] = [flatten(actual), flatten(expected)];
  const sameShape = a.shape.join() === e.shape.join() || isFlat(a, e);
  const { close, worstIndex, worstDifference } = compareArrays(a.values, e.values, tolerance);
  return {
    pass: sameShape && close,
    message: () => {
      if (!sameShape) return `shape: expected [${e.shape.join()}], got [${a.shape.join()}]`;
      const at = `index ${worstIndex} of [${e.shape.join()}]`;
      const values = `expected ${e.values[worstIndex]}, got ${a.values[worstIndex]}`;
      return `worst difference ${worstDifference} at ${at}: ${values}`;
    },
  };
}

/** Whether one of two arrays has only one axis and as many entries as the other: shapes are then not compared. */
function isFlat(a: Flat, e: Flat): boolean {
  return a.values.length === e.values.length && (a.shape.length === 1 || e.shape.length === 1);
}

interface Flat {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

function flatten(numbers: Numbers): Flat {
  if ('dataSync' in numbers) return { shape: numbers.shape, values: numbers.dataSync() };
  if (!Array.isArray(numbers)) {
    return { shape: [numbers.length], values: numbers as ArrayLike<number> }; // -- a typed array
  }
  const shape: number[] = [];
  for (let level: unknown = numbers; Array.isArray(level); level = level[0] as unknown) {
    shape.push(level.length);
  }
  return { shape, values: numbers.flat(Infinity) as number[] }; // -- nested arrays of numbers
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how jest's types are extended
  namespace jest {
    interface Matchers<R> {
      toBeAllClose(expected: Numbers, tolerance?: Tolerance): R;
    }
  }
}

/** Maximum difference of two numbers: `|actual - expected| <= atol + rtol * |expected|`. */
export interface Tolerance {
  /** Part that grows with the expected magnitude; default 0. */
  readonly rtol?: number;
  /** Absolute part; default 1e-6. */
  readonly atol?: number;
}

/** Result of a comparison of two arrays, with the place of their largest difference. */
export interface Comparison {
  readonly close: boolean;
  /**
   * Flat index of the unequal entry whose difference is the largest in relation to the tolerance; -1 if all are
   * equal.
   */
  readonly worstIndex: number;
  /** Absolute difference at `worstIndex`, 0 if no entries differ; `NaN` when exactly one side is not a number. */
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
