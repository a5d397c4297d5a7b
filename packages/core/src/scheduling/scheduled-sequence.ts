import type { TokenPrompt } from '../domain/domain.js';

/** What the model reads next of a sequence. */
export type NextRead =
  /** One token, after those that the sequence has read. */
  | number
  /** Tokens that replace all that it has read: the context was full, and the window slides. */
  | {
      readonly kind: 'restart';
      readonly tokens: ArrayLike<number>;
      /** How many of the tokens before the newest one the sequence has read right before it. */
      readonly known?: number;
    }
  /** One token for each beam i, after those that the beam `sources[i]` has read. */
  | {
      readonly kind: 'beams';
      readonly tokens: readonly number[];
      readonly sources: readonly number[];
    };

/** A sequence in a batch with others; it chooses its tokens itself. */
export interface ScheduledSequence {
  /** The number of slots that it takes: the number of beams, or 1 without them. */
  readonly width?: number;
  /**
   * Draft tokens that may follow the one that is read next. One step verifies them all: those that
   * `choose` returns in their turn are accepted, and the rest are taken back.
   *
   * @param most - Maximum number of them.
   */
  readonly draft?: (most: number) => readonly number[];
  /**
   * Chooses what follows the tokens so far.
   *
   * @param logits - One for each token of the vocabulary; with beams `[beams, V]`, but one row after
   *   the prompt. They are valid only during the call.
   * @returns what is read next, or `undefined` when the sequence is done.
   */
  choose(logits: Float32Array): NextRead | undefined;
  /** Called when `choose` threw, the context is full or memory is short; the sequence is out. */
  fail(error: unknown): void;
}

/** A prompt and the sequences that go on from it; it is read once for all that start together. */
export interface ScheduledRequest {
  /** The tokens to start from: at least one, and no more than the context unless the model has a memory. */
  readonly prompt: TokenPrompt;
  readonly sequences: readonly ScheduledSequence[];
  /** Asks for the logits after each token of the prompt but the last, in order and once. */
  readonly onPromptLogits?: (logits: Float32Array) => void;
  /**
   * What of earlier requests it goes on from: `parts` of their prompts, as large as they are read, so that
   * it writes what it would write alone, to the bit; or all `tokens` that a slot holds, those of an output
   * too, which is sooner, as turns of a chat want it, and may round otherwise. `parts` unless given.
   */
  readonly sharing?: 'parts' | 'tokens';
  /** Called when one of its sequences gets its slots, and waits no longer. */
  readonly onStart?: () => void;
  /**
   * Whether it goes ahead of requests that are not urgent: its sequences get the slots that the scheduler keeps
   * for urgent requests, and its prompt is read first. `false` unless given.
   */
  readonly isUrgent?: boolean;
}
