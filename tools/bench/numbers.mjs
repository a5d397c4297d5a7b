/** Returns the median of some numbers; for an even count, the upper one of the two in the middle. */
export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/**
 * Parses options that are whole numbers above 0.
 *
 * @throws RangeError that names the first invalid option.
 */
export function wholeNumbers(values, names) {
  return names.map((name) => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number > 0) return number;
    throw new RangeError(`--${name}: expected a whole number above 0, got ${values[name]}`);
  });
}
