import { availableParallelism } from 'node:os';

import type { DataFile, ReadingOptions } from '@ramble/core';
import { type MidiPiece, unpackPiece } from '@ramble/music';

import parseFile from './parse-file.js';
import { createParsePool, type ParsePool, type PoolOptions } from './parse-pool.js';
import { type PieceCache, pieceCache } from './piece-cache.js';
import { readWhole } from './read-whole.js';

export interface PieceOptions extends ReadingOptions {
  readonly cache?: PieceCache;
  readonly pool?: PoolOptions;
}

/** Files of more bytes than this are read by several threads. */
const POOL_BYTES = 1 << 20;
/** Files that are on their way at once for each thread. */
const AHEAD = 4;

/**
 * The pieces of MIDI files, in their order; from the cache where they are, else read by threads.
 *
 * @throws RangeError that names the file and what is wrong with it, unless bad files are skipped.
 */
export async function* readPieces(
  files: readonly DataFile[],
  { onSkip, onRepair, cache = pieceCache(), pool: poolOptions }: PieceOptions = {},
): AsyncGenerator<MidiPiece> {
  const totalBytes = files.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  let pool: Promise<ParsePool> | undefined; // begun when a file is not in the cache
  const parse = async (name: string, bytes: Uint8Array): Promise<ReturnType<typeof parseFile>> => {
    if (totalBytes < POOL_BYTES) return parseFile({ name, bytes });
    return (await (pool ??= createParsePool(poolOptions))).parse({ name, bytes });
  };
  const read = async (file: DataFile): Promise<MidiPiece | RangeError> => {
    const bytes = await readWhole(file);
    const known = await cache.find(file.name, bytes);
    if (known) return known;
    const parsed = await parse(file.name, bytes);
    if ('refusal' in parsed) return new RangeError(parsed.refusal);
    await cache.keep(bytes, parsed.packed);
    const piece = unpackPiece(file.name, parsed.packed);
    if (!piece) throw new Error(`${file.name}: expected a packed piece, got other bytes`);
    return piece;
  };

  try {
    for await (const result of inOrder(files, read)) {
      if (!(result instanceof RangeError)) {
        for (const repair of result.repairs) onRepair?.(`${result.name}: ${repair}`);
        yield result;
      } else if (onSkip) onSkip(result.message);
      else throw result;
    }
  } finally {
    await (await pool)?.close();
  }
}

/** Results in the order of the items, some of which are worked on ahead. */
async function* inOrder<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const ahead = AHEAD * availableParallelism();
  const begun: Promise<Result>[] = [];
  for (let i = 0; i < items.length; i++) {
    while (begun.length < Math.min(items.length, i + ahead)) {
      const result = work(items[begun.length]);
      result.catch(() => undefined); // it is told when its turn comes
      begun.push(result);
    }
    yield await begun[i];
  }
}
