import type { TokenPrompt } from '../domain/domain.js';

/** A sequence that is written beside others: it chooses its tokens itself. */
export interface BatchSequence {
  /**
   * The token after the ones so far.
   *
   * @param logits - One for each token of the vocabulary; not to be kept after the call.
   * @returns the token, to be fed next, or `undefined` when the sequence is done.
   */
  choose(logits: Float32Array): number | undefined;
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
