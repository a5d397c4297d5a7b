/**
 * Whether a reader found something in a file that it did not expect.
 *
 * @param name - The file's, with which the reader's message begins.
 */
export function isMalformed(error: unknown, name: string): error is TypeError | RangeError {
  const isOfFile = error instanceof TypeError || error instanceof RangeError;
  return isOfFile && error.message.startsWith(name);
}
