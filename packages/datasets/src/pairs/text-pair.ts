/** Two texts that belong together: a sentence and its translation, a document and its summary. */
export interface TextPair {
  readonly first: string;
  readonly second: string;
  /** Where a file of pairs has it: `a.jsonl line 3`. */
  readonly place?: string;
  /** Other texts that a line of JSON has, by name: languages, say. */
  readonly labels?: Readonly<Record<string, string>>;
}
