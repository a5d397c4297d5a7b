import type { TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import { randomAt } from '../random/random.js';
import { drawToken, type DrawnToken, likeliestToken } from './draw-token.js';
import { logSumExp } from './filters/softmax.js';
import { lastTokens, promptWindow } from './prompt-window.js';
import {
  filterLogits,
  rulesOf,
  type SamplingChoice,
  type SamplingRules,
} from './sampling-rules.js';

/** Options for the choice of one output's tokens, and the index of its random numbers. */
export interface SequenceOptions extends SamplingChoice {
  /** Index of the output among outputs of one seed. Each index has separate random numbers. */
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
  /**
   * The context was full, so the oldest tokens were dropped. The model now reads `kept` tokens: tokens that restate
   * the dropped state, if any, and the end of the sequence.
   */
  | { readonly kind: 'slide'; readonly kept: number }
  | SequenceEnd;

/** End of an output, with the reason. */
export type SequenceEnd =
  /** A stop token, which is not part of the output. */
  | ({ readonly kind: 'end'; readonly reason: 'stop' } & ChosenToken)
  /** The maximum length, a full context that cannot slide, or filters that leave no token. */
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
 * One output while it is generated. It returns the tokens that the model must read, and chooses tokens from
 * the logits. It contains no model and no cache, so the caller can batch sequences as they start and end:
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
  /** Tokens of the prompt and the output. */
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
 * @param prompt - At least one token. If it is longer than the context, its end is read.
 * @throws TypeError or RangeError that names a wrong prompt or option.
 */
export function createSequence(
  decoder: Decoder,
  prompt: TokenPrompt,
  { number = 0, ...options }: SequenceOptions = {},
): Sequence {
  return new GrowingSequence(decoder, prompt, number, rulesOf(decoder.config.vocabSize, options));
}

class GrowingSequence implements Sequence {
  readonly tokens: number[];
  readonly output: number[] = [];
  hasEnded = false;
  pending: Pending;
  #unsaid: SequenceEvent[] = [];
  #windowLength = 0;
  #grammarState: unknown;

  constructor(
    private readonly decoder: Decoder,
    private readonly prompt: TokenPrompt,
    private readonly number: number,
    private readonly rules: SamplingRules,
  ) {
    const { grammar } = rules;
    const { announced, ...window } = promptWindow(decoder, prompt, { grammar });
    this.pending = { ...window, restarts: true };
    this.tokens = Array.from(prompt.tokens);
    this.#grammarState = grammar?.start(prompt);
    if (announced || this.tokens.length > decoder.maxPositions) {
      this.#unsaid.push({ kind: 'slide', kept: decoder.config.contextLength });
    }
    this.#unsaid.push(...this.#announce(announced ?? []));
  }

  choose(logits: ArrayLike<number>): SequenceEvent[] {
    const { stopTokens } = this.rules;
    const events = this.#unsaid;
    this.#unsaid = [];
    const { pending } = this;
    this.#windowLength = pending.tokens.length + (pending.restarts ? 0 : this.#windowLength);
    const chosen = this.#take(logits);
    if (chosen === undefined) {
      events.push({ kind: 'end', reason: 'nothing' });
    } else if (stopTokens.has(chosen.token)) {
      events.push({ kind: 'end', reason: 'stop', ...chosen });
    } else {
      events.push(this.#add(chosen), ...this.#prepareNext(chosen.token));
    }
    this.hasEnded = events.at(-1)?.kind === 'end';
    return events;
  }

  #add(chosen: ChosenToken): SequenceEvent {
    const { token } = chosen;
    this.tokens.push(token);
    this.output.push(token);
    this.#grammarState = this.rules.grammar?.advance(this.#grammarState, token);
    return { kind: 'token', ...chosen };
  }

  /** Adds tokens to the output that the model did not choose, but the domain inserts when the window slides. */
  #announce(tokens: readonly number[]): SequenceEvent[] {
    return tokens.map((token) => this.#add({ token, logProbability: 0 }));
  }

  #take(logits: ArrayLike<number>): ChosenToken | undefined {
    const { config } = this.rules;
    const { tokens, output } = this;
    const { outputStart, tokens: prompt } = this.prompt;
    const given = { tokens, promptLength: prompt.length, outputStart };
    const { seed } = config;
    const address = { seed, purpose: 'sample', step: output.length, stream: this.number } as const;
    const filtered = filterLogits(this.rules, logits, given, this.#grammarState);
    const { token, logSum }: Partial<DrawnToken> =
      config.method === 'greedy'
        ? { token: likeliestToken(filtered) }
        : drawToken(filtered, randomAt(address).uniform(0));
    const isOfAll = filtered === logits && token !== undefined;
    const ofAll = isOfAll && logSum !== undefined ? logSum : logSumExp(logits); // throws for NaN
    return token === undefined ? undefined : { token, logProbability: logits[token] - ofAll };
  }

  /** Ends the output after a chosen token, or sets the tokens to read next. */
  #prepareNext(token: number): SequenceEvent[] {
    const { config, grammar } = this.rules;
    const { contextLength } = this.decoder.config;
    if (this.output.length >= config.maxNewTokens) return [{ kind: 'end', reason: 'length' }];
    this.pending = { tokens: [token], restarts: false };
    const kept = keptOnSlide(contextLength, config.slideShare);
    const length = this.#windowLength + 1;
    const room = this.decoder.maxPositions;
    const slid = this.prompt.slide?.(this.tokens, { length, room, kept });
    if (slid) {
      this.pending = { tokens: slid.tokens, restarts: true };
      return [...this.#announce(slid.announced), { kind: 'slide', kept: slid.tokens.length }];
    }
    if (length <= room) return [];
    // An answer whose prompt is dropped would not answer it.
    const isAnswer = this.decoder.hasPrefix || this.prompt.outputStart !== undefined;
    if (isAnswer) return [{ kind: 'end', reason: 'context' }];
    const window = lastTokens(this.tokens, kept, grammar);
    this.pending = {
      tokens: [...window.restated, ...window.kept],
      restarts: true,
      known: window.kept.length - 1,
    };
    return [{ kind: 'slide', kept }];
  }
}

/** Returns the number of newest tokens that stay when the fraction `slideShare` of a full context is dropped. */
export function keptOnSlide(contextLength: number, slideShare: number): number {
  return Math.max(1, contextLength - Math.max(1, Math.round(contextLength * slideShare)));
}
