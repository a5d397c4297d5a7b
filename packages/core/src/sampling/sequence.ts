import type { TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import { randomAt } from '../random/random.js';
import { drawToken, type Drawn, likeliestToken } from './draw-token.js';
import { logSumExp } from './filters/softmax.js';
import { lastTokens } from './prompt-lookup.js';
import { promptWindow } from './prompt-window.js';
import { filterLogits, rulesOf, type SamplingChoice } from './sampling-rules.js';

/** Options for the choice of one output's tokens, and the number that selects its random numbers. */
export interface SequenceOptions extends SamplingChoice {
  /** Number of the output among outputs of one seed: each number has separate random numbers. */
  readonly number?: number;
}

/** A token that was sampled, with its log-probability. */
export interface ChosenToken {
  readonly token: number;
  /** Natural logarithm of the model's probability, before temperature and filters. */
  readonly logProbability: number;
}

/** An event of an output while it grows; the last event is a {@link SequenceEnd}. */
export type SequenceEvent =
  | ({ readonly kind: 'token' } & ChosenToken)
  /** The context is full: the sequence continues from `kept` tokens, which are restating ones and its end. */
  | { readonly kind: 'slide'; readonly kept: number }
  | SequenceEnd;

/** End of an output, with the reason. */
export type SequenceEnd =
  /** A stop token, which is not part of the output. */
  | ({ readonly kind: 'end'; readonly reason: 'stop' } & ChosenToken)
  /** The longest length, a full context that cannot slide, or filters that leave nothing to choose. */
  | { readonly kind: 'end'; readonly reason: 'length' | 'context' | 'nothing' };

/** The tokens that a model has to read before the next token can be chosen. */
export interface Pending {
  readonly tokens: ArrayLike<number>;
  readonly prefixLength?: number;
  /** Whether these tokens replace all tokens that the model has read of the sequence. */
  readonly restarts: boolean;
  /**
   * Number of tokens right before the newest one that the model has already read. A model whose positions are
   * movable need not read them again.
   */
  readonly known?: number;
}

/**
 * One output while it is generated: it returns the tokens that the model must read, and chooses tokens from the
 * logits. It holds no model and no cache, so the caller can batch sequences as they start and end:
 *
 * ```ts
 * const sequence = createSequence(model.decoder, prompt, options);
 * while (!sequence.hasEnded) {
 *   const { tokens, prefixLength, restarts } = sequence.pending;
 *   if (restarts) resetSlot(cache, slot);
 *   const logits = advance(model, cache, [{ slot, tokens, prefixLength }]);
 *   for (const event of sequence.choose(logits)) …
 * }
 * ```
 */
export interface Sequence {
  /** Prompt and output. */
  readonly tokens: readonly number[];
  readonly output: readonly number[];
  readonly hasEnded: boolean;
  readonly pending: Pending;
  /**
   * Chooses the next token.
   *
   * @param logits - Logits after the last of the pending tokens, `[V]`.
   * @returns the events, in order.
   */
  choose(logits: ArrayLike<number>): SequenceEvent[];
}

/**
 * Starts an output. Its n-th token is drawn with the random number of (seed, number, n).
 *
 * @param prompt - At least one token; of a longer prompt than the context the end is read.
 * @throws TypeError or RangeError that names what is wrong with prompt or options.
 */
export function createSequence(
  decoder: Decoder,
  prompt: TokenPrompt,
  { number = 0, ...options }: SequenceOptions = {},
): Sequence {
  const rules = rulesOf(decoder.config.vocabSize, options);
  const { config, grammar, stopTokens } = rules;
  const { contextLength } = decoder.config;
  const most = decoder.maxPositions;
  const window = promptWindow(decoder, prompt, { grammar });
  const { outputStart } = prompt;
  const promptLength = prompt.tokens.length;
  const tokens = Array.from(prompt.tokens);
  const output: number[] = [];
  let pending: Pending = { ...window, restarts: true };
  let unsaid: SequenceEvent[] = promptLength > most ? [{ kind: 'slide', kept: contextLength }] : [];
  let windowLength = 0;
  let hasEnded = false;
  let grammarState = grammar?.start(prompt);

  const take = (logits: ArrayLike<number>): ChosenToken | undefined => {
    const filtered = filterLogits(
      rules,
      logits,
      { tokens, promptLength, outputStart },
      grammarState,
    );
    const { token, logSum }: Partial<Drawn> =
      config.method === 'greedy'
        ? { token: likeliestToken(filtered) }
        : drawToken(filtered, uniformAt(config.seed, number, output.length));
    const isOfAll = filtered === logits && token !== undefined;
    const ofAll = isOfAll && logSum !== undefined ? logSum : logSumExp(logits); // of no NaN
    return token === undefined ? undefined : { token, logProbability: logits[token] - ofAll };
  };
  /** Handles a chosen token: ends the output, or sets the tokens to read next. */
  const goOn = (token: number): SequenceEvent[] => {
    if (output.length >= config.maxNewTokens) return [{ kind: 'end', reason: 'length' }];
    pending = { tokens: [token], restarts: false };
    if (windowLength < most) return [];
    // An answer to a prompt that is forgotten is none.
    const isAnswer = decoder.hasPrefix || outputStart !== undefined;
    if (isAnswer) return [{ kind: 'end', reason: 'context' }];
    const kept = keptOnSlide(contextLength, config.slideShare);
    const window = lastTokens(tokens, kept, grammar);
    pending = {
      tokens: [...window.restated, ...window.kept],
      restarts: true,
      known: window.kept.length - 1,
    };
    return [{ kind: 'slide', kept }];
  };
  const choose = (logits: ArrayLike<number>): SequenceEvent[] => {
    const events = unsaid;
    unsaid = [];
    windowLength = pending.tokens.length + (pending.restarts ? 0 : windowLength);
    const chosen = take(logits);
    if (chosen === undefined) {
      events.push({ kind: 'end', reason: 'nothing' });
    } else if (stopTokens.has(chosen.token)) {
      events.push({ kind: 'end', reason: 'stop', ...chosen });
    } else {
      const { token } = chosen;
      tokens.push(token);
      output.push(token);
      grammarState = grammar?.advance(grammarState, token);
      events.push({ kind: 'token', ...chosen }, ...goOn(token));
    }
    hasEnded = events.at(-1)?.kind === 'end';
    return events;
  };
  return {
    tokens,
    output,
    get hasEnded() {
      return hasEnded;
    },
    get pending() {
      return pending;
    },
    choose,
  };
}

function uniformAt(seed: number, number: number, step: number): number {
  return randomAt({ seed, purpose: 'sample', step, stream: number }).uniform(0);
}

/** Tokens that stay in the window, the newest among them, when a context is full. */
export function keptOnSlide(contextLength: number, slideShare: number): number {
  return Math.max(1, contextLength - Math.max(1, Math.round(contextLength * slideShare)));
}
