import type { Domain, TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';

/** A prompt that leaves room for its output, as far as its domain knows how it is cut. */
export interface FittedPrompt {
  readonly prompt: TokenPrompt;
  /**
   * Number of tokens of a prompt that was too long, and how many of them are read; absent if all
   * are.
   */
  readonly cut?: { readonly tokens: number; readonly kept: number };
}

/** Share of the context that prompts may take whose outputs may be as long as they like. */
const PROMPT_SHARE = 0.75;

/**
 * Cuts a prompt to leave room for an output, if the domain defines how; otherwise the model reads
 * the end of a prompt that is longer than its context.
 *
 * @param promptShare - Share of the context that a prompt may take in any case.
 * @returns `undefined` for a prompt that cannot be cut so that it leaves room.
 */
export function fitPrompt(
  domain: Pick<Domain<unknown, unknown, unknown>, 'cutPrompt'>,
  { config: { contextLength }, maxPositions }: Decoder,
  prompt: TokenPrompt,
  maxNewTokens: number,
  promptShare: number = PROMPT_SHARE,
): FittedPrompt | undefined {
  const { length } = prompt.tokens;
  const room = Math.max(contextLength - maxNewTokens, Math.floor(promptShare * contextLength));
  if (!domain.cutPrompt || length <= room) {
    if (length <= maxPositions) return { prompt };
    return { prompt, cut: { tokens: length, kept: contextLength } };
  }
  const fitting = domain.cutPrompt(prompt, room);
  if (fitting === undefined) return undefined;
  return { prompt: fitting, cut: { tokens: length, kept: fitting.tokens.length } };
}
