import { type Model, promptWindow, type ScheduledSequence, type TokenPrompt } from '@ramble/core';

import { batchOf } from './model-batch.js';
import { whenAborted } from './when-aborted.js';

/** Receivers of the logits of a prompt, and the end of the reading. */
export interface ReadLogitsOptions {
  /** Receives the logits after the whole prompt, `[V]`, valid only during the call. */
  readonly onLast: (logits: Float32Array) => void;
  /** Receives the logits after each token before the last, in order. */
  readonly onEach?: (logits: Float32Array) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads a prompt in the batch of all questions to a model, in parts, so that no other question waits for the
 * whole. It goes ahead of outputs that wait, and is read between two steps of those that are written. No logits
 * are kept.
 *
 * @param prompt - At least one token; of a longer one than the context the end is read.
 * @throws the signal's reason when it aborts; RangeError for an id that is not in the vocabulary.
 */
export async function readLogits(
  model: Model,
  prompt: TokenPrompt,
  { onLast, onEach, signal }: ReadLogitsOptions,
): Promise<void> {
  const batch = batchOf(model);
  const window = promptWindow(model.decoder, prompt);
  let forget = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const sequence: ScheduledSequence = {
        choose: (logits) => {
          onLast(logits);
          resolve();
          return undefined;
        },
        fail: reject,
      };
      forget = whenAborted(signal, (reason) => {
        batch.remove(sequence);
        reject(reason);
      });
      // A page asks of one token more, and of one less: what was read before need not be read again.
      batch.add({
        prompt: window,
        sequences: [sequence],
        onPromptLogits: onEach,
        sharing: 'tokens',
        isUrgent: true,
      });
    });
  } finally {
    forget();
  }
}
