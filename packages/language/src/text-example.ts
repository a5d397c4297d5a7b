import type { TextOrigin } from '@ramble/tokenizers';

/** A stretch of text to learn from: a document, or the next part of a long one. */
export interface TextExample {
  readonly text: string;
  /** True for a part of a document that is not its first. */
  readonly continues?: boolean;
  /** True for the last part of a document. */
  readonly endsDocument: boolean;
  /** Origin of the text, for errors. */
  readonly origin?: TextOrigin;
}
