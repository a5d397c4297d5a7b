/**
 * GPT-2's printable stand-ins for bytes, in which vocabularies of byte-level BPE are written: bytes
 * that Latin-1 prints stand for themselves, the others for the characters from U+0100 on in their
 * order; a blank is `Ġ`, a line feed `Ċ`.
 *
 * @see openai/gpt-2 src/encoder.py, bytes_to_unicode
 */
const isPrinted = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

/** The stand-in of every byte. */
export const byteAlphabet: readonly string[] = (() => {
  let unprinted = 0x100;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrinted(byte) ? byte : unprinted++),
  );
})();

const bytes = new Map(byteAlphabet.map((character, byte) => [character, byte]));

/** Writes bytes in stand-ins. */
export function spellBytes(of: Uint8Array): string {
  return Array.from(of, (byte) => byteAlphabet[byte]).join('');
}

/** Reads what {@link spellBytes} wrote; `undefined` when a character stands for no byte. */
export function readSpelledBytes(spelling: string): Uint8Array | undefined {
  const read = new Uint8Array(spelling.length);
  for (let index = 0; index < spelling.length; index++) {
    const byte = bytes.get(spelling[index]);
    if (byte === undefined) return undefined;
    read[index] = byte;
  }
  return read;
}
