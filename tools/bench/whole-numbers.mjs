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
