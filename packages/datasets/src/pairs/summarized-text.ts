/** A text and its summary, as a line of a corpus holds them. */
export interface SummarizedText {
  readonly document: string;
  readonly summary: string;
}
