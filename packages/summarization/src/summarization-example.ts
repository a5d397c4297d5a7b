/** A document and what it says in short. */
export interface SummarizationExample {
  readonly document: string;
  readonly summary: string;
}

/** A document to summarize. */
export interface SummarizationPrompt {
  readonly document: string;
  /** What the summary begins with. */
  readonly beginning?: string;
}
