import type { Attempt } from './attack.js';

/**
 * Runs a check that throws if ramble broke its promise, and returns the result as an attempt.
 *
 * @param what - Description of the attempt.
 */
export async function attempt(what: string, check: () => Promise<void>): Promise<Attempt> {
  try {
    await check();
    return { what };
  } catch (error) {
    return { what, broken: error instanceof Error ? error.message : String(error) };
  }
}

/** @throws Error unless two values have the same JSON. */
export function expectSame(name: string, got: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${name}: expected ${right}, got ${left}`);
}
