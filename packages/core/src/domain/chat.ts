import type { SamplingConfig } from '../config/sampling-config.js';

/** Template that turns conversations into prompts of an instruct model, in the form that transformers reads. */
export interface ChatTemplate {
  /** The text of the template, in Jinja. */
  readonly source: string;
  /** Texts of special tokens by their names in templates: `bos_token`, `eos_token`. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** Sampling settings that the model's authors recommend for answers. */
  readonly sampling?: ChatSampling;
}

/** Sampling settings that authors of a model recommend. */
export type ChatSampling = Readonly<
  Partial<
    Pick<SamplingConfig, 'temperature' | 'topK' | 'topP' | 'minP' | keyof typeof LESS_REPETITION>
  >
>;

/**
 * A mild repetition penalty on the newest 64 tokens. It halves the number of endless loops of a small model, and does
 * not damage tables and code.
 */
const LESS_REPETITION = { repetitionPenalty: 1.05, repetitionWindow: 64 };

/**
 * Sampling settings for answers of models whose authors recommend none. Sampling without them, at temperature 1,
 * makes small models ramble.
 */
export const CHAT_SAMPLING: ChatSampling = { temperature: 0.7, topP: 0.9, ...LESS_REPETITION };

/**
 * Returns the sampling settings of an answer. The given settings override the settings that the model's
 * authors recommend (`generation_config.json`), or {@link CHAT_SAMPLING} if there are none. With greedy
 * sampling, only the given settings and the penalty of repetition apply.
 */
export function chatSampling(
  { sampling = CHAT_SAMPLING }: Pick<ChatTemplate, 'sampling'>,
  given: Readonly<Partial<SamplingConfig>>,
): Partial<SamplingConfig> {
  const isGreedy = given.method === 'greedy' || given.temperature === 0;
  const { repetitionPenalty, repetitionWindow } = sampling;
  const usual = isGreedy ? { repetitionPenalty, repetitionWindow } : sampling;
  return { ...usual, ...given };
}

/** Fraction of the context that is kept free for an answer. */
const ANSWER_SHARE = 1 / 4;

/** Returns the maximum number of tokens of a conversation's prompt. A quarter of the context is for the answer. */
export function chatRoom(contextLength: number): number {
  return contextLength - Math.floor(ANSWER_SHARE * contextLength);
}

/**
 * Returns a conversation without its oldest turn, for one that is longer than the context. A system prompt at the
 * beginning stays.
 *
 * @returns the system prompt, if any, and the messages from the second message of the user on; `undefined` if there
 *   is no second one.
 */
export function withoutOldestTurn<Message extends { readonly role: string }>(
  messages: readonly Message[],
): readonly Message[] | undefined {
  const start = messages[0]?.role === 'system' ? 1 : 0;
  const next = messages.findIndex(({ role }, i) => i > start && role === 'user');
  return next < 0 ? undefined : [...messages.slice(0, start), ...messages.slice(next)];
}
