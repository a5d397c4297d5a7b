/**
 * Checks that an option is one of the allowed words.
 *
 * @throws RangeError when an option is none of the words that it may be.
 */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new RangeError(`${name}: expected one of ${choices.join(', ')}, got ${value}`);
}

/**
 * Checks that an option is an integer and not too small.
 *
 * @throws RangeError when an option is no integer, or too small.
 */
export function checkInteger(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new RangeError(`${name}: expected an integer of at least ${min}, got ${value}`);
}
