import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import type { InferenceApp, DataFile, ReadingOptions } from '@ramble/core';
import { messageOf } from '@ramble/core/files';
import { type MidiPiece, packPiece, parseMidi, unpackPiece } from '@ramble/music';
import { writeWhole } from '@ramble/node';
import type Abcjs from 'abcjs';
import type { Tinypool } from 'tinypool';

export interface PieceOptions extends ReadingOptions {
  readonly cache?: PieceCache;
  readonly pool?: PoolOptions;
}

/** Minimum total size of the files, in bytes, at which threads are started to read them. */
const POOL_BYTES = 1 << 20;
/** Number of files for each thread that are read ahead. */
const AHEAD = 4;

/**
 * Yields the pieces of MIDI files in order, from the cache or read by threads.
 *
 * @throws RangeError with the name of the file and its fault, unless bad files are skipped.
 */
export async function* readPieces(
  files: readonly DataFile[],
  { onSkip, onRepair, cache: given, pool: poolOptions }: PieceOptions = {},
): AsyncGenerator<MidiPiece> {
  const cache = given ?? (await defaultCache());
  const totalBytes = files.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  let pool: Promise<Tinypool> | undefined; // started for the first file that is not in the cache
  const parse = async (file: MidiFile): Promise<ParsedFile> => {
    if (totalBytes < POOL_BYTES) return parseFile(file);
    return (await (pool ??= createPool(poolOptions))).run(file) as Promise<ParsedFile>; // of the default export
  };
  const read = async (file: DataFile): Promise<MidiPiece | RangeError> => {
    const bytes = await readWhole(file);
    const known = await cache.find(file.name, bytes);
    if (known) return known;
    const parsed = await parse({ name: file.name, bytes });
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
    await (await pool)?.destroy();
  }
}

/** Yields `work(item)` for each item, in order. Up to `AHEAD` items per processor are worked on at the same time. */
async function* inOrder<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const ahead = AHEAD * availableParallelism();
  const begun: Promise<Result>[] = [];
  for (let i = 0; i < items.length; i++) {
    while (begun.length < Math.min(items.length, i + ahead)) {
      const result = work(items[begun.length]);
      result.catch(() => undefined); // the `await` below throws it when its turn comes
      begun.push(result);
    }
    yield await begun[i];
  }
}

/** A MIDI file that was read, or the message of the error if it cannot be read. */
export type ParsedFile =
  | { readonly packed: Uint8Array<ArrayBuffer> }
  /** Message of the error. It is passed as text, because an error loses its class between threads. */
  | { readonly refusal: string };

export interface MidiFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Parses a MIDI or ABC file. It is the default export of the module, which threads of the pool run. */
export default function parseFile({ name, bytes }: MidiFile): ParsedFile {
  try {
    return { packed: packPiece(parseMidi(name, abcToMidi(name, bytes))) };
  } catch (error) {
    if (error instanceof RangeError) return { refusal: error.message };
    throw error;
  }
}

interface PoolOptions {
  readonly threads?: number;
  /** Path of the module that a thread runs, and options of Node for it. */
  readonly worker?: { readonly filename: string; readonly execArgv?: string[] };
}

/** Starts a pool of threads, by default one for each processor. */
async function createPool({
  threads = availableParallelism(),
  worker = { filename: new URL('./read-pieces.js', import.meta.url).href },
}: PoolOptions = {}): Promise<Tinypool> {
  const { Tinypool } = await import('tinypool'); // only large collections need it
  return new Tinypool({ ...worker, minThreads: threads, maxThreads: threads });
}

/** Cache of parsed MIDI files, by hash. Notes are filtered later, so that one entry serves all settings. */
interface PieceCache {
  /**
   * Finds the cached piece of a MIDI file.
   *
   * @returns `undefined` if the cache has no piece for the file, or a damaged one.
   */
  find(name: string, bytes: Uint8Array): Promise<MidiPiece | undefined>;
  keep(bytes: Uint8Array, packed: Uint8Array): Promise<void>;
}

async function defaultCache(): Promise<PieceCache> {
  const { cacheFolder } = await import('@ramble/datasets'); // slow to load
  return pieceCache(join(cacheFolder(), 'pieces'));
}

export function pieceCache(folder: string): PieceCache {
  const pathOf = (bytes: Uint8Array): string =>
    join(folder, `${createHash('sha256').update(bytes).digest('hex')}.piece`);
  const writing = new Map<string, Promise<void>>(); // the data may contain a file twice
  const write = (path: string, packed: Uint8Array): Promise<void> =>
    writeWhole(path, async (handle) => {
      await handle.write(packed);
    });
  return {
    find: async (name, bytes) => {
      const packed = await readFile(pathOf(bytes)).catch(() => undefined);
      return packed && unpackPiece(name, packed);
    },
    keep: async (bytes, packed) => {
      const path = pathOf(bytes);
      const begun = writing.get(path) ?? write(path, packed);
      writing.set(path, begun);
      await begun;
    },
  };
}

/**
 * Returns a function that yields the contents of MIDI files in order. It throws a RangeError with the name of the file
 * and its fault, unless bad files are skipped.
 *
 * @param read - Reads one file.
 */
export function filesBy<Piece>(
  read: (name: string, bytes: Uint8Array, options: ReadingOptions) => Piece,
): (files: readonly DataFile[], options?: ReadingOptions) => AsyncGenerator<Piece> {
  return async function* (files, { onSkip, onRepair } = {}) {
    for (const file of files) {
      const bytes = await readWhole(file);
      try {
        yield read(file.name, abcToMidi(file.name, bytes), { onRepair });
      } catch (error) {
        if (!(error instanceof RangeError) || !onSkip) throw error;
        onSkip(error.message);
      }
    }
  };
}

/** First lines of ABC: comments, then the number of the first tune. */
const ABC_HEAD = /^\uFEFF?(?:\s*%[^\n]*\n)*\s*X:\s*\d/;

/**
 * Converts the first tune of an ABC file to a MIDI file, with its repeats played and without the accompaniment of its
 * chord symbols. Other files are returned unchanged.
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError if the tune cannot be read.
 */
export function abcToMidi(name: string, content: Uint8Array): Uint8Array {
  if (!ABC_HEAD.test(new TextDecoder().decode(content.subarray(0, 4096)))) return content;
  const tune = firstTune(name, content);
  if (parseMidi(name, tune).notes.length > 0) return tune;
  throw new RangeError(`${name}: the first tune of the ABC file has no notes`);
}

/** Returns the first tune of an ABC file as MIDI. */
function firstTune(name: string, content: Uint8Array): Uint8Array {
  const abcjs = createRequire(import.meta.url)('abcjs') as typeof Abcjs; // takes long to load
  try {
    const options = { midiOutputType: 'binary', chordsOff: true } as const;
    const tunes: unknown = abcjs.synth.getMidiFile(new TextDecoder().decode(content), options);
    if (Array.isArray(tunes) && tunes[0] instanceof Uint8Array) return tunes[0];
  } catch (error) {
    throw new RangeError(
      `${name}: expected a tune that abcjs can read, got "${messageOf(error)}"`,
      {
        cause: error,
      },
    );
  }
  throw new RangeError(`${name}: abcjs found no tune in the ABC file`);
}

/** The functions of an app that read a prompt or an output from a file. */
type Readers<Prompt, Output> = Pick<
  InferenceApp<unknown, Prompt, Output, unknown>,
  'readPrompt' | 'readOutput'
>;

/** Returns an app's readers of prompts and outputs, extended to read ABC files too. */
export function readersOfAbc<Prompt, Output>(
  app: Readers<Prompt, Output>,
): Readers<Prompt, Output> {
  const readOutput = app.readOutput?.bind(app);
  return {
    readPrompt: (content, options) => app.readPrompt(abcToMidi('prompt', content), options),
    readOutput:
      readOutput && ((content, options) => readOutput(abcToMidi('output', content), options)),
  };
}

/** Reads all bytes of a file. */
export async function readWhole(file: DataFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}
