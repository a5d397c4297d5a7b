/** How conversations become the prompts of an instruct model, in the form that transformers reads. */
export interface ChatTemplate {
  /** The text of the template, in Jinja. */
  readonly source: string;
  /** Texts of special tokens by the names that templates have for them: `bos_token`, `eos_token`. */
  readonly specialTokens: Readonly<Record<string, string>>;
}
