/** A stream whose first bytes have been read. */
export interface Peeked {
  /** The first bytes; fewer than requested only at the end of the stream. */
  readonly head: Uint8Array;
  /** All chunks, including the first ones. They can be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Closes the source, whether it was read to the end or not. It must always be called. */
  readonly close: () => Promise<void>;
}

/** Reads the first bytes of a stream that can be read only once. */
export async function peek(chunks: AsyncIterable<Uint8Array>, count: number): Promise<Peeked> {
  const reader = chunks[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let [size, isDone] = [0, false];
  while (size < count && !isDone) {
    const next = await reader.next();
    if (next.done === true) isDone = true;
    else {
      seen.push(next.value);
      size += next.value.length;
    }
  }
  const whole = seen.length === 1 ? seen[0] : Buffer.concat(seen);
  return {
    head: whole.subarray(0, count),
    chunks: rest(seen, isDone ? undefined : reader),
    // Returning from `rest` would not close the source if reading it has not begun.
    close: async () => {
      await reader.return?.();
    },
  };
}

/**
 * Reads the first `count` bytes of a stream, yields the items of `read`, which gets them with the whole stream, and
 * closes the stream.
 */
export async function* peeking<T>(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
  read: (content: Peeked) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const content = await peek(chunks, count);
  try {
    yield* read(content);
  } finally {
    await content.close();
  }
}

async function* rest(
  seen: readonly Uint8Array[],
  reader: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  yield* seen;
  while (reader) {
    const next = await reader.next();
    if (next.done === true) return;
    yield next.value;
  }
}

/** A UTF-16 encoding that a byte-order mark can declare. */
export type Utf16 = 'utf-16le' | 'utf-16be';

/**
 * Returns the UTF-16 encoding that a byte-order mark at the beginning of a file declares; `undefined` without such a
 * mark.
 */
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
 * Decodes a text in chunks of bytes, which may end inside a character.
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
