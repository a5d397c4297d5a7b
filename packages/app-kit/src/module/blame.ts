/**
 * What a function of a module gives, or an error that says which function it was.
 *
 * @param name - The function, and what it was called with: `./dna.js: encodeExample of "ACX"`.
 */
export function blame<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${name}: ${reason}`, { cause: error });
  }
}
