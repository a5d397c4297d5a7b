import { createHash } from 'node:crypto';
import { join } from 'node:path';

import type { TokenSource } from '@ramble/core/files';
import { errorCode } from '@ramble/node';

import { cacheFolder as defaultCacheFolder } from '../cache/cache-folder.js';
import type { Progress } from '../download/download-file.js';
import type { TextPiece } from '../text/documents.js';
import {
  checkRange,
  type DocumentStarts,
  openTokenFile,
  type TokenFile,
} from './open-token-file.js';
import { type TokenFileInfo, type TokenPiece, writeTokenFile } from './write-token-file.js';

export interface TokenPreparation {
  /** The text in pieces; read only if the cache has no tokens for it. */
  readonly pieces: AsyncIterable<TextPiece>;
  /** SHA-256 of the documents, as `hashFiles` returns it for the same paths and separator. */
  readonly dataSha256: string;
  /** Size of the text in bytes, used only for `onProgress`. */
  readonly dataBytes: number;
  readonly tokenizerFingerprint: string;
  readonly vocabSize: number;
  readonly encode: (text: string) => ArrayLike<number>;
  /** The token between two documents, such as GPT-2's `<|endoftext|>`; absent for none. */
  readonly endOfText?: number;
  readonly cacheFolder?: string;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Encodes text into a token file of the cache, at constant memory, and opens it. If the cache already has the file for
 * this text and tokenizer, it is reused. The `endOfText` token after a document counts as part of the document.
 *
 * @returns the open file; the caller closes it.
 * @throws Error if `encode` throws, the disk is full, or `signal` aborts.
 */
export async function prepareTokens(preparation: TokenPreparation): Promise<TokenFile> {
  const { vocabSize, tokenizerFingerprint, dataSha256, endOfText, cacheFolder } = preparation;
  return cachedTokens({ vocabSize, tokenizerFingerprint, dataSha256 }, encodePieces(preparation), {
    cacheFolder,
    variant: `end of text ${endOfText ?? 'none'}`,
  });
}

async function* encodePieces(preparation: TokenPreparation): AsyncGenerator<TokenPiece> {
  const { pieces, dataBytes, encode, endOfText, onProgress, signal } = preparation;
  const separator = endOfText === undefined ? [] : [endOfText];
  let doneBytes = 0;
  let isBetween = false;
  for await (const { text, endsDocument } of pieces) {
    signal?.throwIfAborted();
    if (isBetween) yield { tokens: separator, endsDocument: true };
    yield { tokens: encode(text), endsDocument: false };
    isBetween = endsDocument;
    // The text of a JSON file is shorter than the file.
    doneBytes = Math.min(dataBytes, doneBytes + Buffer.byteLength(text));
    onProgress?.({ doneBytes, totalBytes: dataBytes });
  }
  onProgress?.({ doneBytes: dataBytes, totalBytes: dataBytes });
}

export interface CachedTokensOptions {
  /** Folder of the cache, by default `cacheFolder()`; the file is written to its folder `tokens`. */
  readonly cacheFolder?: string;
  /** Text that identifies any other settings that affect the tokens. */
  readonly variant?: string;
}

/**
 * Opens the token file of this data, tokenizer and variant in the cache, or writes it first.
 *
 * @param pieces - The text, read only if the file does not exist yet.
 * @returns the open file; the caller closes it.
 */
export async function cachedTokens(
  info: TokenFileInfo,
  pieces: AsyncIterable<TokenPiece>,
  { cacheFolder = defaultCacheFolder(), variant = '' }: CachedTokensOptions = {},
): Promise<TokenFile> {
  const { vocabSize, tokenizerFingerprint, dataSha256 } = info;
  const key = createHash('sha256')
    .update(JSON.stringify([vocabSize, tokenizerFingerprint, dataSha256, variant]))
    .digest('hex');
  const path = join(cacheFolder, 'tokens', `${key.slice(0, 32)}.tokens`);
  // A file that is damaged or of another version is overwritten.
  const known = await openTokenFile(path).catch(() => undefined);
  if (known !== undefined) return known;
  try {
    await writeTokenFile(path, info, pieces);
  } catch (error) {
    throw ofCache(path, error);
  }
  return openTokenFile(path);
}

/**
 * Adds advice to the error of a cache that cannot be written; returns errors of the data unchanged.
 */
function ofCache(path: string, error: unknown): unknown {
  const { cause, message } = error instanceof Error ? error : { cause: undefined, message: '' };
  if (errorCode(cause) === undefined || !message.startsWith(`${path}: `)) return error;
  return new Error(`${message}; RAMBLE_CACHE names another folder for the cache`, { cause });
}

export interface SplitOptions {
  /** Fraction of the tokens for validation, between 0 and 1; default 0.1. */
  readonly validationShare?: number;
}

/** Tokens for training and tokens for validation. */
export interface TokenSplit {
  readonly train: TokenSource;
  readonly validation: TokenSource;
}

/**
 * Minimum number of documents for a cut between documents. With fewer, one document may be most of the text.
 */
const MIN_DOCUMENTS = 10;

/**
 * Splits tokens in two: the end becomes validation data. The cut is at `⌊length · (1 - validationShare)⌋`. With at
 * least ten documents, it moves to the nearest start of a document, so that each document is on one side.
 *
 * For characters and bytes, the cut of a single text equals nanoGPT's `data[:int(n*0.9)]`. For byte pairs, nanoGPT
 * cuts the characters first and encodes both halves; ramble cuts the tokens, so the cut differs slightly if tokens
 * are unevenly long.
 *
 * Documents are taken from the end instead of at random, because neighbours are often related. If the order has a
 * meaning (years, authors), pass separate validation data instead.
 *
 * @throws RangeError if the share is not between 0 and 1 or there are fewer than two tokens.
 */
export async function splitTokens(
  source: TokenSource,
  documents: DocumentStarts,
  { validationShare = 0.1 }: SplitOptions = {},
): Promise<TokenSplit> {
  if (!(validationShare > 0 && validationShare < 1)) {
    throw new RangeError(
      `validationShare: expected a number between 0 and 1, got ${validationShare}`,
    );
  }
  if (source.length < 2) {
    throw new RangeError(
      `data: expected at least 2 tokens to split into training and validation, got ${source.length}; use more text`,
    );
  }
  const wanted = Math.max(1, Math.floor(source.length * (1 - validationShare)));
  const cut = documents.count < MIN_DOCUMENTS ? wanted : await nearestStart(documents, wanted);
  return {
    train: sliceTokens(source, 0, cut),
    validation: sliceTokens(source, cut, source.length),
  };
}

/**
 * Returns the start of a document, except the first, that is nearest to `index`; the earlier one on a tie.
 */
async function nearestStart(documents: DocumentStarts, index: number): Promise<number> {
  let [low, high] = [1, documents.count - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await documents.start(middle)) < index) low = middle + 1;
    else high = middle;
  }
  const after = await documents.start(low);
  if (low === 1) return after;
  const before = await documents.start(low - 1);
  return index - before <= after - index ? before : after;
}

/** Returns the tokens `[start, end)` of a source. */
export function sliceTokens(source: TokenSource, start: number, end: number): TokenSource {
  const length = end - start;
  return {
    length,
    read: async (from, count) => {
      checkRange(from, count, length);
      return source.read(start + from, count);
    },
  };
}
