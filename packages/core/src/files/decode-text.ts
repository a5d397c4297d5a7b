/**
 * The text of a file or of standard input, as it is: a line end at its end too.
 *
 * @param name - What it is, for the error message.
 * @throws TypeError when it is not UTF-8.
 */
export function decodeText(name: string, content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    throw new TypeError(`${name}: expected text in UTF-8, got other bytes`, { cause: error });
  }
}
