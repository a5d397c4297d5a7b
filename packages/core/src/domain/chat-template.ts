import type { SamplingConfig } from '../config/sampling-config.js';

/** How conversations become the prompts of an instruct model, in the form that transformers reads. */
export interface ChatTemplate {
  /** The text of the template, in Jinja. */
  readonly source: string;
  /** Texts of special tokens by the names that templates have for them: `bos_token`, `eos_token`. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** Sampling settings that the model's authors recommend for answers. */
  readonly sampling?: ChatSampling;
}

/** Sampling settings that authors of a model recommend. */
export type ChatSampling = Readonly<
  Partial<Pick<SamplingConfig, 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty'>>
>;

/**
 * Sampling settings for answers of models whose authors recommend none. They are more deterministic than the
 * distribution of the model, by which small models ramble.
 */
export const CHAT_SAMPLING: ChatSampling = { temperature: 0.7, topP: 0.9 };

/**
 * Returns the sampling settings of an answer: the given ones, over those that the model's authors recommend
 * (`generation_config.json`), else over {@link CHAT_SAMPLING}. Greedy answers take the given ones alone.
 */
export function chatSampling(
  { sampling = CHAT_SAMPLING }: Pick<ChatTemplate, 'sampling'>,
  given: Readonly<Partial<SamplingConfig>>,
): Partial<SamplingConfig> {
  const isGreedy = given.method === 'greedy' || given.temperature === 0;
  return isGreedy ? given : { ...sampling, ...given };
}
