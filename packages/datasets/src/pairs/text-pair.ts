/** A pair of texts: a sentence and its translation, or a document and its summary. */
export interface TextPair {
  readonly first: string;
  readonly second: string;
  /** Position in a file of pairs: `a.jsonl line 3`. */
  readonly place?: string;
  /** Other texts in the same line of JSON, by name, such as languages. */
  readonly labels?: Readonly<Record<string, string>>;
}
