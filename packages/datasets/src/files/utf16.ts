/** A UTF-16 encoding that a byte-order mark can declare. */
export type Utf16 = 'utf-16le' | 'utf-16be';

/** Returns the UTF-16 encoding of a byte-order mark; `undefined` without one. */
export function utf16Of(head: Uint8Array): Utf16 | undefined {
  const [first, second, third, fourth] = head;
  const isUtf32 = third === 0 && fourth === 0;
  if (first === 0xff && second === 0xfe && !isUtf32) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/**
 * Converts UTF-16 to UTF-8 without the byte-order mark.
 *
 * @throws Error that names the file if it ends inside a character.
 */
export async function* utf16Bytes(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  encoding: Utf16,
): AsyncGenerator<Uint8Array> {
  const refusal = `${name}: expected text in ${encoding.toUpperCase()}, got half a character`;
  const texts = decodeAll(chunks, new TextDecoder(encoding, { fatal: true }), refusal);
  for await (const text of texts) yield Buffer.from(text);
}

/**
 * Decodes chunks that are cut anywhere.
 *
 * @throws Error with the message `refusal`, if the decoder refuses the bytes.
 */
export async function* decodeAll(
  chunks: AsyncIterable<Uint8Array>,
  decoder: InstanceType<typeof TextDecoder>,
  refusal: string,
): AsyncGenerator<string> {
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (error) {
      throw new Error(refusal, { cause: error });
    }
  };
  for await (const chunk of chunks) yield decode(chunk);
  yield decode();
}
