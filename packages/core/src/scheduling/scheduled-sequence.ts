import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model-in-use.js';
import type { ChunkedPrompt } from './prompt-chunks.js';

/** Input that the model must read next for a sequence. */
export type NextRead =
  /** A token that follows the tokens that the model has read of the sequence. */
  | number
  /** Tokens that replace all earlier ones, because the context was full and the window slides. */
  | {
      readonly kind: 'restart';
      readonly tokens: ArrayLike<number>;
      /** Number of tokens, right before the last of `tokens`, that the model has already read. */
      readonly known?: number;
    }
  /** One token per beam. The token of beam i follows the tokens of the earlier beam `sources[i]`. */
  | {
      readonly kind: 'beams';
      readonly tokens: readonly number[];
      readonly sources: readonly number[];
    };

/**
 * A sequence that a caller of the scheduler adds. The scheduler runs the model; the sequence chooses each token from
 * the logits.
 */
export interface ScheduledSequence {
  /** Number of slots of the sequence: the number of beams; default 1. */
  readonly width?: number;
  /**
   * Proposes draft tokens after the next token. One step of the model verifies all of them. Draft tokens that
   * `choose` then returns are accepted, and the others are removed from the slot.
   *
   * @param maxTokens - Maximum number of draft tokens.
   */
  readonly draft?: (maxTokens: number) => readonly number[];
  /**
   * Chooses the next token.
   *
   * @param logits - Logits, `[V]`. With beams, `[V]` after the prompt and `[beams, V]` from then on. Valid only
   *   during the call.
   * @returns the model's next input, or `undefined` if the sequence is done.
   */
  choose(logits: Float32Array): NextRead | undefined;
  /** Called after the sequence was removed because `choose` threw, its context is full, or memory is short. */
  fail(error: unknown): void;
}

/** A prompt and the sequences that continue it. The prompt is read once for all sequences that start together. */
export interface ScheduledRequest {
  /** Prompt of at least one token, and at most the context unless the model remembers segments. */
  readonly prompt: TokenPrompt;
  readonly sequences: readonly ScheduledSequence[];
  /**
   * The model that reads the request: the scheduler's by default, or one that differs from it only in its adapters
   * (`canShareBatch`). Requests of different models share batches, but not the keys and values of their prompts.
   */
  readonly model?: Model;
  /** Called once with the logits after each token of the prompt except the last, `[V]`, in order. */
  readonly onPromptLogits?: (logits: Float32Array) => void;
  /**
   * Tokens whose keys and values the request may copy from earlier requests that begin with the same tokens; default
   * `parts`. `parts` copies whole chunks of prompts, which gives the same output as reading them again, bit for bit.
   * `tokens` copies every equal token, including generated ones: turns of a chat start sooner, and may round
   * differently.
   */
  readonly sharing?: 'parts' | 'tokens';
  /** Called each time one of the request's sequences gets slots. */
  readonly onStart?: () => void;
  /**
   * Whether the request precedes requests that are not urgent; default `false`. Its sequences may use the
   * scheduler's `urgentSlots`, and its prompt is read first.
   */
  readonly isUrgent?: boolean;
}

type PromptOptions = Pick<ScheduledRequest, 'model' | 'sharing' | 'onPromptLogits' | 'onStart'>;

/** The prompt of a request, which its sequences share, and the progress of reading it. */
export interface PromptState extends ChunkedPrompt, PromptOptions {
  /** Logits after the whole prompt, `[V]`; empty until it is read. */
  firstLogits: Float32Array;
  /** Number of positions whose logits were reported. */
  reportedCount: number;
}

/** A sequence that waits for slots. */
export interface WaitingSequence {
  readonly prompt: PromptState;
  readonly sequence: ScheduledSequence;
  /** Whether the request of the sequence is urgent. */
  readonly isUrgent: boolean;
}

/** A sequence that has slots, and its progress. */
export interface ActiveSequence extends Omit<WaitingSequence, 'prompt'> {
  /** Slots of the sequence, one per beam. The prompt is read in the first slot. */
  readonly slots: readonly number[];
  /** The request's prompt, or the tokens that replaced it when the context was full. */
  prompt: PromptState;
  /** Number of prompt tokens whose keys and values are in the first slot. */
  computedCount: number;
  /** Number of prompt tokens that were read in whole chunks, so that other prompts may copy them. */
  chunkedCount: number;
  /** Generated tokens after the prompt whose keys and values are in the slots. */
  generatedTokens: number[];
  /** Next token of each slot; undefined until the prompt is read. */
  next?: readonly number[];
  /**
   * Whether the sequence chose its first token since the last decoding step. The next decoding step then skips it,
   * unless it would have to skip all sequences.
   */
  isAhead?: boolean;
}

/** Returns the state of a prompt before its first token was read. */
export function promptState(
  { tokens, prefixLength }: TokenPrompt,
  { model, sharing, onPromptLogits, onStart }: PromptOptions = {},
): PromptState {
  const options = { model, prefixLength, sharing, onPromptLogits, onStart };
  const progress = { firstLogits: new Float32Array(), reportedCount: 0 };
  return { tokens: Array.from(tokens), ...options, ...progress };
}

/** Returns the number of slots that a sequence needs: one, or one per beam. */
export function widthOf({ sequence: { width = 1 } }: Pick<WaitingSequence, 'sequence'>): number {
  return width;
}

/** Whether a sequence has read its whole prompt. */
export function hasReadPrompt({ prompt, computedCount }: ActiveSequence): boolean {
  return computedCount === prompt.tokens.length;
}
