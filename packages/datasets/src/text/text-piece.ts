/** The next stretch of a document, in order; a document is one piece or several. */
export interface TextPiece {
  readonly text: string;
  /** True for the last piece of a document. */
  readonly endsDocument: boolean;
}
