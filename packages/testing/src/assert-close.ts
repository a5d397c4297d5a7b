import { randomAt } from '@ramble/core';
import { compareArrays, type Tolerance } from '@ramble/node/matchers';

/**
 * Asserts that two arrays of numbers are equal within a tolerance.
 *
 * @param name - Name of the compared values, for the message.
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

/**
 * Asserts that two values are equal as JSON.
 *
 * @param name - Name of the compared values, for the message.
 * @throws Error with both values.
 */
export function assertEqual(name: string, actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Error(`${name}: expected ${e}, got ${a}`);
}

/**
 * Returns pseudorandom, standard normal numbers. They depend only on `stream`, so they are the same on every machine.
 */
export function randomValues(count: number, stream: number): Float32Array {
  const random = randomAt({ seed: 23, purpose: 'init', step: 0, stream });
  return Float32Array.from({ length: count }, (_, i) => random.normal(i));
}

/** The functions `describe` and `it` of jest, vitest or node:test, with which the suites declare their tests. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => void | Promise<void>) => unknown;
}

/**
 * Returns the runner whose functions are globals, as in jest.
 *
 * @throws TypeError if they do not exist. The functions of node:test must be imported and passed instead.
 */
export function globalRunner(): TestRunner {
  const { describe, it } = globalThis as Partial<TestRunner>; // set by a test framework
  if (!describe || !it) {
    throw new TypeError('runner: expected global describe and it, got none; pass { describe, it }');
  }
  return { describe, it };
}
