import type { TestRunner } from '../src/assert-close.js';

/** Collects the tests that a suite describes, so that a test of the suite can run them one by one. */
export function collectTests(
  suite: (runner: TestRunner) => void,
): ReadonlyMap<string, () => void | Promise<void>> {
  const tests = new Map<string, () => void | Promise<void>>();
  suite({ describe: (_, body) => body(), it: (name, body) => void tests.set(name, body) });
  return tests;
}

/** Runs a collected test and returns the text of its error; `undefined` if the test passes. */
export async function failureOf(
  tests: ReadonlyMap<string, () => void | Promise<void>>,
  name: string,
): Promise<string | undefined> {
  const body = tests.get(name);
  if (!body) throw new Error(`${name}: expected one of ${[...tests.keys()].join('; ')}`);
  try {
    await body();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
