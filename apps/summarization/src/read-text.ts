/**
 * A text from the bytes of a file or of standard input, with `\n` as its line ends and none at its end.
 *
 * @param name - What it is, for the error message.
 * @throws TypeError when it is not UTF-8.
 */
export function readText(name: string, content: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content);
    return text.replaceAll('\r\n', '\n').replace(/\n$/, '');
  } catch (error) {
    throw new TypeError(`${name}: expected text in UTF-8, got other bytes`, { cause: error });
  }
}
