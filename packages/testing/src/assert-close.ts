import { compareArrays, type Tolerance } from '@ramble/node/matchers';

/**
 * Two arrays of numbers are equal within a tolerance.
 *
 * @param name - What is compared, for the message.
 * @throws Error that names the worst entry.
 */
export function assertClose(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${name}: expected ${expected.length} numbers, got ${actual.length}`);
  }
  const { close, worstIndex, worstDifference } = compareArrays(actual, expected, tolerance);
  if (close) return;
  throw new Error(
    `${name}: expected ${expected[worstIndex]} at ${worstIndex} of ${expected.length}, ` +
      `got ${actual[worstIndex]}, a difference of ${worstDifference}`,
  );
}
