/**
 * Checks an option that counts something.
 *
 * @throws RangeError for what is no integer of at least 1.
 */
export function checkCount(name: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`${name}: expected an integer of at least 1, got ${count}`);
  }
}
