/** A text and its translation. */
export interface TranslationExample {
  readonly source: string;
  readonly target: string;
  /** The languages of the two, where they are not those of the domain: `en`, `fr`. */
  readonly from?: string;
  readonly to?: string;
  /** Position in a file, for errors: `pairs.jsonl line 3`. */
  readonly place?: string;
}

/** A text to translate. */
export interface TranslationPrompt {
  readonly source: string;
  /** The language to translate into, where it is not the domain's. */
  readonly to?: string;
  /** What the translation begins with. */
  readonly beginning?: string;
}
