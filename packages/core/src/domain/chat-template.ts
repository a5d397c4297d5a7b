import type { SamplingConfig } from '../config/sampling-config.js';

/**
 * Sampling defaults for answers in conversations: more deterministic than the distribution of the model, by which
 * small models ramble.
 */
export const CHAT_SAMPLING: Readonly<Pick<SamplingConfig, 'temperature' | 'topP'>> = {
  temperature: 0.7,
  topP: 0.9,
};

/** How conversations become the prompts of an instruct model, in the form that transformers reads. */
export interface ChatTemplate {
  /** The text of the template, in Jinja. */
  readonly source: string;
  /** Texts of special tokens by the names that templates have for them: `bos_token`, `eos_token`. */
  readonly specialTokens: Readonly<Record<string, string>>;
}
