import type { Model, TokenPrompt } from '@ramble/core';
import {
  createScheduler,
  driveScheduler,
  nextTurn,
  promptWindow,
  type ScheduledRequest,
  type ScheduledSequence,
} from '@ramble/core/sampling';

import type { WrittenToken } from '../contract.js';
import { distribution, pageTokens } from '../models/page-token.js';
import type { ExploredModel } from '../models/requested-model.js';

/** The scheduler of a model, which runs the sequences of all requests in one batch. */
export interface ModelBatch {
  /**
   * Queues the sequences of a request. Urgent requests precede all others.
   *
   * @throws RangeError if the prompt is empty, is longer than the context or has an unknown id, or if a sequence has
   *   more than `BATCH_SIZE` beams.
   */
  add(request: ScheduledRequest): void;
  /** Removes a sequence; has no effect if it is done. */
  remove(sequence: ScheduledSequence): void;
}

/** Maximum number of outputs and beams that are sampled together; further ones wait. */
export const BATCH_SIZE = 16;
/** Number of slots in addition to `BATCH_SIZE` for urgent requests, which only read a prompt. */
const URGENT_SLOTS = 2;

const batches = new WeakMap<Model, ModelBatch>();

/** Returns the batch of a model, which is created by its first request. */
export function batchOf(model: Model): ModelBatch {
  const known = batches.get(model);
  if (known) return known;
  const scheduler = createScheduler(model, { batchSize: BATCH_SIZE, urgentSlots: URGENT_SLOTS });
  const wake = driveScheduler(scheduler, nextTurn);
  const batch: ModelBatch = {
    add: (request) => {
      scheduler.add(request);
      wake();
    },
    remove: (sequence) => scheduler.remove(sequence),
  };
  batches.set(model, batch);
  return batch;
}

/** A queue of events. Each event is read once, in order. */
export interface EventQueue<Event> extends AsyncIterable<Event> {
  readonly push: (event: Event) => void;
  /** Ends the queue once its reader has read the waiting events. */
  readonly end: () => void;
  /** Ends the queue with an error, which its reader receives after the waiting events. */
  readonly fail: (error: unknown) => void;
}

/** Makes an unbounded queue of events, so that a slow reader does not block the writer. */
export function eventQueue<Event>(): EventQueue<Event> {
  const waiting: Event[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake = (): void => undefined;

  async function* read(): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      yield* waiting.splice(0);
      if (waiting.length > 0) continue;
      if (end && 'error' in end) throw end.error;
      if (end) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const finish = (how: { readonly error?: unknown }): void => {
    end ??= how;
    wake();
  };
  return {
    push: (event) => {
      waiting.push(event);
      wake();
    },
    end: () => finish({}),
    fail: (error) => finish({ error }),
    [Symbol.asyncIterator]: read,
  };
}

/**
 * Calls back when a signal aborts, or at once if it is already aborted.
 *
 * @returns a function that removes the callback.
 */
export function whenAborted(
  signal: AbortSignal | undefined,
  onAbort: (reason: Error) => void,
): () => void {
  const listen = (): void => onAbort(signal?.reason as Error); // an AbortError, unless another reason was given
  if (signal?.aborted) listen();
  else signal?.addEventListener('abort', listen);
  return () => signal?.removeEventListener('abort', listen);
}

/** Callbacks for the logits of a prompt, and a signal that ends the reading. */
export interface ReadLogitsOptions {
  /** Called with the logits after the whole prompt, `[V]`, which are valid only during the call. */
  readonly onLast: (logits: Float32Array) => void;
  /** Called with the logits after each token of the prompt except the last, `[V]`, in order. */
  readonly onEach?: (logits: Float32Array) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads a prompt in the model's batch, in chunks, so that other requests need not wait for the whole prompt. The prompt
 * takes precedence over queued outputs, and is read between the steps of running outputs. No logits are kept.
 *
 * @param prompt - At least one token. If it is longer than the context, only its end is read.
 * @throws the signal's reason if it aborts; RangeError for an id that is not in the vocabulary.
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
      // Requests of a page often differ by one token, so tokens that were already read are reused.
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

/** Range of tokens to return, and number of alternatives for each. */
export interface ReadTokensOptions {
  /** Index of the first token to return; by default, the text's second token, or the first after a prefix. */
  readonly from?: number;
  readonly alternatives: number;
  readonly signal?: AbortSignal;
}

/**
 * Returns the probability of each token of a text given the tokens before it. If the text exceeds the context by
 * more than one token, only its end is read. Tokens of a prefix are left out, because they attend to later tokens.
 *
 * @returns the tokens from index `from` on, or only the last of them if the text exceeds the context.
 */
export async function readTokens(
  explored: ExploredModel,
  { tokens, prefixLength }: TokenPrompt,
  { from = 1, alternatives, signal }: ReadTokensOptions,
): Promise<WrittenToken[]> {
  const { decoder } = explored.model;
  const all = Array.from(tokens);
  const first = Math.max(from, (decoder.hasPrefix && prefixLength) || 1);
  if (all.length <= first) return [];
  const window = promptWindow(decoder, { tokens: all.slice(0, -1), prefixLength }); // the last is not read
  const describe = pageTokens(explored);
  const written: WrittenToken[] = [];
  let next = all.length - window.tokens.length; // index of the token that the next logits are for
  const report = (logits: Float32Array): void => {
    const token = all[next];
    if (next >= first) written.push(distribution(logits, describe).written(token, alternatives));
    next++;
  };
  await readLogits(explored.model, window, { onEach: report, onLast: report, signal });
  return written;
}
