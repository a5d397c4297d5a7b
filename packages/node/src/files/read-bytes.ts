import { createReadStream } from 'node:fs';

import { fileError } from './file-error.js';

/** Larger ones are not faster, and V8 lets more of them lie about. */
const CHUNK_BYTES = 1 << 18;

/**
 * A file in chunks of 256 KiB.
 *
 * @throws Error that names the file when it cannot be read.
 */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    const stream: AsyncIterable<Uint8Array> = createReadStream(path, {
      highWaterMark: CHUNK_BYTES,
    });
    yield* stream;
  } catch (error) {
    throw fileError(path, error);
  }
}
