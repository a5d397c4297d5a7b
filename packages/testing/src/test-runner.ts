/** The two functions of jest, vitest or node:test that the suites call. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => void | Promise<void>) => unknown;
}

/**
 * The runner whose functions are globals, as in jest.
 *
 * @throws TypeError where there are none: node:test's are imported and handed in.
 */
export function globalRunner(): TestRunner {
  const { describe, it } = globalThis as Partial<TestRunner>; // what a test framework may have put there
  if (!describe || !it) {
    throw new TypeError('runner: expected global describe and it, got none; pass { describe, it }');
  }
  return { describe, it };
}
