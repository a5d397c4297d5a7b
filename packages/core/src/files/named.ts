/**
 * Runs a check and puts the name of a file, or of a part of one, before what it says.
 *
 * @throws what `check` throws: a RangeError or TypeError with the name in front.
 */
export function named<T>(name: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError) {
      throw new RangeError(`${name}: ${error.message}`, { cause: error });
    }
    if (error instanceof TypeError) {
      throw new TypeError(`${name}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
