import { createHash } from 'node:crypto';

import type { AnyApp, Domain, ExampleSource, TokenExample } from '@ramble/core';

import type { FoundData } from './find-data.js';
import { readData } from './read-data.js';
import type { WatchOptions } from './watch-files.js';

/** A piece of data with its tokens. */
export interface Piece {
  readonly example: unknown;
  readonly tokens: TokenExample;
  /** Equal for pieces of equal tokens, whatever their files are called. */
  readonly sha256: string;
}

/** The pieces that were read, and the number of files or pieces left out. */
export interface ReadPieces {
  readonly pieces: readonly Piece[];
  readonly leftOut: number;
}

export interface PieceOptions extends WatchOptions {
  readonly app: AnyApp;
  readonly domain: Domain<unknown, unknown, unknown>;
}

/**
 * Reads and encodes pieces, all of them into memory. One that the domain refuses, or a duplicate
 * of another, is left out like a file that cannot be read.
 *
 * @throws RangeError when no piece is left, with the number of those left out and why the first was.
 */
export async function readPieces(data: FoundData, options: PieceOptions): Promise<ReadPieces> {
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

/** Pieces as tokens, varied where a random source is given. */
export function pieceSource(
  pieces: readonly Piece[],
  domain: Domain<unknown, unknown, unknown>,
): ExampleSource {
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
