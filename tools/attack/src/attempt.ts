import type { Attempt } from './attack.js';

/**
 * An attempt whose check throws when the promise did not hold.
 *
 * @param what - Was done.
 */
export async function attempt(what: string, check: () => Promise<void>): Promise<Attempt> {
  try {
    await check();
    return { what };
  } catch (error) {
    return { what, broken: error instanceof Error ? error.message : String(error) };
  }
}

/** @throws Error unless two values are the same as JSON. */
export function expectSame(name: string, got: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${name}: expected ${right}, got ${left}`);
}
