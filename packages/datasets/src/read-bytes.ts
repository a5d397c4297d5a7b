import { createReadStream } from 'node:fs';

import { fileError } from './file-error.js';

const CHUNK_BYTES = 1 << 20;

/**
 * A file in chunks of a megabyte.
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
