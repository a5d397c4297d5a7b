import type { Domain, Grammar, TokenPrompt } from '../domain/domain.js';
import { checkIds } from '../parameters/parameter.js';
import type { Decoder } from '../model/decoder.js';

/** Options for the part of a prompt that is kept. */
export interface PromptWindowOptions {
  /** Maximum number of tokens to keep; the context by default. */
  readonly room?: number;
  /** Grammar whose `restate` returns tokens that replace the dropped ones; by default, none do. */
  readonly grammar?: Grammar<unknown>;
}

/**
 * Checks that a prompt has tokens, that its ids are known and that its prefix fits.
 *
 * @throws RangeError for an empty prompt, an unknown id, or a prefix that does not fit as a whole.
 */
export function checkPrompt(name: string, decoder: Decoder, prompt: TokenPrompt): void {
  checkLength(name, decoder, prompt, decoder.maxPositions);
  checkIds(name, prompt.tokens, decoder.config.vocabSize);
}

/** The part of a prompt that a model reads. */
export interface PromptWindow extends TokenPrompt {
  /**
   * Tokens with which the output begins, if `TokenPrompt.slide` moved the context window. The model does not read
   * them.
   */
  readonly announced?: readonly number[];
}

/**
 * Returns the part of a prompt that a model can read. This is the window that `prompt.slide` returns, if any.
 * Otherwise it is the whole prompt, or the end of a prompt that is longer than the context. A model that remembers
 * segments reads prompts of any length.
 *
 * @throws RangeError for an empty prompt, or a prompt with a prefix that does not fit as a whole.
 */
export function promptWindow(
  decoder: Decoder,
  prompt: TokenPrompt,
  { room = decoder.maxPositions, grammar }: PromptWindowOptions = {},
): PromptWindow {
  checkLength('prompt', decoder, prompt, room);
  const { length } = prompt.tokens;
  const slid = prompt.slide?.(Array.from(prompt.tokens), { length, room, kept: room });
  if (slid) return slid;
  if (length <= room) return prompt;
  const { restated, kept } = lastTokens(Array.from(prompt.tokens), room, grammar);
  return { tokens: [...restated, ...kept] };
}

function checkLength(
  name: string,
  { hasPrefix }: Decoder,
  { tokens: { length } }: TokenPrompt,
  room: number,
): void {
  if (length === 0) throw new RangeError(`${name}: expected at least one token, got none`);
  if (length > room && hasPrefix) {
    throw new RangeError(`${name}: expected at most ${room} tokens (contextLength), got ${length}`);
  }
}

/** The tokens that the model reads of a sequence that is longer than its context. */
export interface LastTokens {
  /** Tokens that restate the state that the dropped tokens left (`Grammar.restate`). */
  readonly restated: readonly number[];
  /** The end of the sequence, including its newest token. */
  readonly kept: readonly number[];
}

/**
 * Shortens a sequence that is longer than the model's context to its end, after tokens that restate the dropped ones.
 *
 * @param room - Number of tokens to keep, including the restating ones; less than the length of the sequence.
 * @returns at most `room` tokens in all; only the end if the restating tokens leave no room for any of it.
 */
export function lastTokens(
  tokens: readonly number[],
  room: number,
  grammar: Pick<Grammar<unknown>, 'restate'> | undefined,
): LastTokens {
  const end = tokens.length - room;
  const alone = { restated: [], kept: tokens.slice(end) };
  if (!grammar?.restate) return alone;
  // Restating tokens replace the oldest kept tokens, which may change the state to restate.
  for (let start = end; start < tokens.length; start++) {
    const restated = Array.from(grammar.restate(tokens.slice(0, start)));
    if (restated.length <= start - end) return { restated, kept: tokens.slice(start) };
  }
  return alone;
}

/** A prompt, shortened by the domain's `cutPrompt` if there was too little room for the output. */
export interface FittedPrompt {
  readonly prompt: TokenPrompt;
  /** Number of tokens of the whole prompt, and of the part that the model reads; absent if the model reads all. */
  readonly cut?: { readonly tokens: number; readonly kept: number };
}

/** Fraction of the context that a prompt may always use, even if `maxNewTokens` would leave it less. */
const PROMPT_SHARE = 0.75;

/**
 * Cuts a prompt to leave room for an output, if the domain defines how. Otherwise the model reads only the
 * end of a prompt that is longer than its context.
 *
 * @param promptShare - Fraction of the context that a prompt may take in any case.
 * @returns `undefined` if the domain cannot cut the prompt enough.
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
