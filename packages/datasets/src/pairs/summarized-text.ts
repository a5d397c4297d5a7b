/** A text and what it says in short, as a line of a corpus has them. */
export interface SummarizedText {
  readonly document: string;
  readonly summary: string;
}
