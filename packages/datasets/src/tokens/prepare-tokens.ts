import type { Progress } from '../progress.js';
import type { TextPiece } from '../text/text-piece.js';
import { cachedTokens } from './cached-tokens.js';
import type { TokenFile } from './open-token-file.js';
import type { TokenPiece } from './write-token-file.js';

export interface TokenPreparation {
  /** The text; read only when it was not encoded before. */
  readonly pieces: AsyncIterable<TextPiece>;
  /** Identifies the documents: `hashFiles` of the same paths and separator. */
  readonly dataSha256: string;
  /** Size of the text, for `onProgress` alone. */
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
 * Encodes text once into a token file of the cache, at constant memory, and opens it; the same text
 * and tokenizer find it there the next time. A document keeps the `endOfText` after it.
 *
 * @returns the open file; the caller closes it.
 * @throws Error when `encode` throws, the disk is full, or `signal` aborts.
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
    // Text is less than its file where that is JSON.
    doneBytes = Math.min(dataBytes, doneBytes + Buffer.byteLength(text));
    onProgress?.({ doneBytes, totalBytes: dataBytes });
  }
  onProgress?.({ doneBytes: dataBytes, totalBytes: dataBytes });
}
