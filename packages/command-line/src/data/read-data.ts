import { createHash } from 'node:crypto';

import {
  type AnyApp,
  type AnyDomain,
  type DataFile,
  randomAt,
  type TokenExample,
  type TrainingConfig,
} from '@ramble/core';
import type { ExampleSource } from '@ramble/core/training';

import { readerOf } from './conversations.js';
import type { FoundData } from './find-data.js';
import { watchFiles, type WatchOptions } from './watch-files.js';

type Reader = Pick<AnyApp, 'name' | 'data' | 'features'>;

/**
 * Reads data with an app, which yields examples; the options may have a signal and a progress callback.
 *
 * @throws Error for folders of paired files if the app does not read them.
 */
export function readData(
  app: Reader,
  data: Pick<FoundData, 'files' | 'isParallel' | 'areFolders' | 'conversations' | 'maxExamples'>,
  options: WatchOptions = {},
): AsyncIterable<unknown> {
  const all = readAll(readerOf(app, data), data, options);
  return data.maxExamples === undefined ? all : firstOf(all, data.maxExamples);
}

/** Reads all examples of data into memory. */
export async function readWhole(...of: Parameters<typeof readData>): Promise<unknown[]> {
  const examples: unknown[] = [];
  for await (const example of readData(...of)) examples.push(example);
  return examples;
}

async function* firstOf(examples: AsyncIterable<unknown>, count: number): AsyncGenerator {
  let read = 0;
  for await (const example of examples) {
    yield example;
    if (++read === count) return;
  }
}

function readAll(
  app: Reader,
  {
    files,
    isParallel = false,
    areFolders = false,
  }: Pick<FoundData, 'files' | 'isParallel' | 'areFolders'>,
  options: WatchOptions,
): AsyncIterable<unknown> {
  const watched = watchFiles(files, options);
  if (areFolders) return readFolders(app, watched, options);
  if (!isParallel || !app.data.readParallel) return app.data.readExamples(watched, options);
  const [source, target] = watched;
  return app.data.readParallel(source, target, options);
}

/**
 * Yields an example for each pair of files: the n-th file of the first half of `files` with the n-th file of the
 * second half. Each half comes from one folder.
 */
async function* readFolders(
  app: Reader,
  files: readonly DataFile[],
  options: WatchOptions,
): AsyncGenerator {
  const { data } = app;
  if (!data.readFilePair) {
    throw new Error(
      `${files[0].name}: expected two parallel files, line by line, as ${app.name} reads them, got folders`,
    );
  }
  const half = files.length / 2;
  for (let i = 0; i < half; i++) yield* data.readFilePair(files[i], files[half + i], options);
}

/** A piece of data with its tokens. */
export interface Piece {
  readonly example: unknown;
  readonly tokens: TokenExample;
  /** SHA-256 of the tokens; the name of the file has no effect. */
  readonly sha256: string;
}

/** Pieces of data, and the number of files or pieces that were left out. */
export interface ReadPieces {
  readonly pieces: readonly Piece[];
  readonly leftOut: number;
}

/** The app that reads data and the domain that encodes it, with a signal to stop and a progress callback. */
export interface EncodedReading extends WatchOptions {
  readonly app: AnyApp;
  readonly domain: AnyDomain;
}

/**
 * Reads and encodes all pieces into memory. Leaves out duplicates, pieces that the domain refuses and files that
 * cannot be read.
 *
 * @throws RangeError if no piece is left, with the number of omitted pieces and the reason of the first.
 */
export async function readPieces(data: FoundData, options: EncodedReading): Promise<ReadPieces> {
  const { app, domain } = options;
  let leftOut = 0;
  let firstReason = '';
  const onSkip =
    options.onSkip &&
    ((reason: string): void => {
      if (leftOut++ === 0) firstReason = reason;
      options.onSkip?.(reason);
    });
  const pieces = new Map<string, Piece>();
  let number = 0;
  let twice = 0;
  for await (const example of readData(app, data, { ...options, onSkip })) {
    number++;
    try {
      const tokens = domain.encodeExample(example);
      const sha256 = createHash('sha256').update(Int32Array.from(tokens.tokens)).digest('hex');
      if (pieces.has(sha256)) twice++;
      else pieces.set(sha256, { example, tokens, sha256 });
    } catch (error) {
      if (!onSkip || !(error instanceof RangeError)) throw error;
      onSkip(error.message);
    }
  }
  if (pieces.size === 0) {
    const why = leftOut > 0 ? `; left out ${leftOut}, the first: ${firstReason}` : '';
    throw new RangeError(`${data.flag}: expected at least one piece, got none${why}`);
  }
  if (twice > 0)
    options.onSkip?.(`${twice} of ${number} pieces, ${twice === 1 ? 'a duplicate' : 'duplicates'}`);
  return { pieces: [...pieces.values()], leftOut: leftOut + twice };
}

/** Returns a source of the pieces' tokens. If `read` gets a random source, the piece is augmented and encoded again. */
export function pieceSource(pieces: readonly Piece[], domain: AnyDomain): ExampleSource {
  return {
    length: pieces.length,
    lengthOf: (i) => pieces[i].tokens.tokens.length,
    read: (i, random) => {
      const { example, tokens } = pieces[i];
      const variation = random && domain.augment?.(example, random);
      return Promise.resolve(variation === undefined ? tokens : domain.encodeExample(variation));
    },
  };
}

/**
 * Chooses a fraction of the training data: each item with the probability `dataShare`. A larger fraction contains
 * every item of a smaller one.
 *
 * @throws RangeError if no item is left.
 */
export function shareOf<T>(
  items: readonly T[],
  { dataShare, seed }: Pick<TrainingConfig, 'dataShare' | 'seed'>,
): readonly T[] {
  const random = randomAt({ seed, purpose: 'share', step: 0 });
  const taken = items.filter((_, i) => random.uniform(i) < dataShare);
  if (taken.length > 0 || items.length === 0) return taken;
  throw new RangeError(
    `dataShare: expected a share with at least one example in it, got ${dataShare} of ${items.length}`,
  );
}
