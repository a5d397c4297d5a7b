import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { fileError } from '@ramble/node';

/**
 * Returns the paths of all files below a folder. Links to folders are not followed, because they may form
 * circles.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const paths = entries.map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
    return (await Promise.all(paths)).flat();
  } catch (error) {
    throw fileError(folder, error);
  }
}

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

/** Yields what `read` makes of a stream whose first bytes have been read, and closes the stream. */
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
