import type { TokenPrompt } from '../domain/domain.js';

/** What the model reads next of a sequence. */
export type NextRead =
  /** A token, behind what it has read. */
  | number
  /** These tokens instead of all that it has read: the context was full, and the window slides. */
  | { readonly kind: 'restart'; readonly tokens: ArrayLike<number> }
  /** A token for each beam, behind what the beam `sources[i]` has read. */
  | {
      readonly kind: 'beams';
      readonly tokens: readonly number[];
      readonly sources: readonly number[];
    };

/** A sequence that is written beside others: it chooses its tokens itself. */
export interface BatchSequence {
  /** Places that it takes: 1 unless it is a beam search, which has as many as beams. */
  readonly width?: number;
  /**
   * Chooses what follows the tokens so far.
   *
   * @param logits - One for each token of the vocabulary; of beams `[beams, V]`, one row after the
   *   prompt. Not to be kept after the call.
   * @returns what is read next, or `undefined` when the sequence is done.
   */
  choose(logits: Float32Array): NextRead | undefined;
  /** Called when `choose` threw or the context is full; the sequence is out. */
  fail(error: unknown): void;
}

/** A prompt and the sequences that go on from it; it is read once for all that start together. */
export interface BatchJob {
  /** At least one token, the context at most unless the model remembers. */
  readonly prompt: TokenPrompt;
  readonly sequences: readonly BatchSequence[];
  /** Asks for the logits after each token of the prompt but the last, in order and once. */
  readonly onPromptLogits?: (logits: Float32Array) => void;
}
