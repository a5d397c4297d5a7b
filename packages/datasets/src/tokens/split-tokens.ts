import type { TokenSource } from '@ramble/core';

import type { DocumentStarts } from './open-token-file.js';

export interface SplitOptions {
  /** Share of the tokens for validation, between 0 and 1; default: a tenth. */
  readonly validationShare?: number;
}

/** Tokens for training and tokens for validation. */
export interface TokenSplit {
  readonly train: TokenSource;
  readonly validation: TokenSource;
}

/** With fewer documents than this, one may be most of the text. */
const MIN_DOCUMENTS = 10;

/**
 * Cuts tokens in two: the end validates. The cut is at `⌊length · (1 - validationShare)⌋`; where
 * there are at least ten documents, at the start of the one nearest to that, so that each is whole
 * and on one side.
 *
 * For characters and bytes the cut of a single text is nanoGPT's `data[:int(n*0.9)]`. For byte pairs
 * nanoGPT cuts the characters first and encodes both halves; here the tokens are cut, which moves
 * the cut by as much as tokens are unevenly long.
 *
 * Documents are taken from the end, not drawn: neighbours are often related, and nothing of the
 * validation side was seen. Where order means something (years, authors), hand in validation data
 * of your own instead.
 *
 * @throws RangeError when the share is not between 0 and 1 or there are fewer than two tokens.
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

/** The start nearest to `index` of any document but the first; the earlier of two as near. */
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

/** The tokens `[start, end)` of a source. */
export function sliceTokens(source: TokenSource, start: number, end: number): TokenSource {
  const length = end - start;
  return {
    length,
    read: (from, count) =>
      from >= 0 && from + count <= length
        ? source.read(start + from, count)
        : Promise.reject(
            new RangeError(
              `tokens: expected ${count} from position ${from}, got a source of ${length} tokens`,
            ),
          ),
  };
}
