/**
 * Checks the name of a file that a domain is saved in: it stays in the folder it is written to.
 *
 * @throws RangeError for one with other characters, or none.
 */
export function checkFileName(name: string): void {
  if (!/^[a-z\d][\w.-]*$/i.test(name)) {
    throw new RangeError(
      `${name}: expected a file name of letters, digits, ".", "-" and "_" that begins with a letter or digit`,
    );
  }
}
