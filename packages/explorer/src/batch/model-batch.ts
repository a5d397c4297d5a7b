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
import { distribution } from '../distribution.js';
import type { ExploredModel } from '../models/asked-model.js';
import { pageTokens } from '../models/page-token.js';

/** The batch in which a model reads and writes for all questions at once. */
export interface ModelBatch {
  /**
   * Queues a request's sequences, the urgent ahead of the others.
   *
   * @throws RangeError as `Scheduler.add` does.
   */
  add(request: ScheduledRequest): void;
  /** Takes a sequence out; nothing when it is done. */
  remove(sequence: ScheduledSequence): void;
}

/** Maximum number of outputs and beams that are written at once; others wait. */
export const BATCH_SIZE = 16;
/** Slots for questions that only read, which are answered while outputs are written. */
const URGENT_SLOTS = 2;

const batches = new WeakMap<Model, ModelBatch>();

/** The batch of a model, which begins with its first question. */
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
  /** Ends the queue after the waiting events. */
  readonly end: () => void;
  /** Ends the queue with an error, which is thrown to the reader after the waiting events. */
  readonly fail: (error: unknown) => void;
}

/** Makes a queue: a slow reader holds up nobody. */
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
 * @returns a function that forgets it.
 */
export function whenAborted(
  signal: AbortSignal | undefined,
  onAbort: (reason: Error) => void,
): () => void {
  const listen = (): void => onAbort(signal?.reason as Error); // an AbortError, unless somebody gave another
  if (signal?.aborted) listen();
  else signal?.addEventListener('abort', listen);
  return () => signal?.removeEventListener('abort', listen);
}

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

/** Range of tokens to return, and number of alternatives for each. */
export interface ReadTokensOptions {
  /** Index of the first token; unless given, the text's second token, or the first after a prefix. */
  readonly from?: number;
  readonly alternatives: number;
  readonly signal?: AbortSignal;
}

/**
 * Returns the probability of each token of a text given the tokens before it. If the text exceeds the context by
 * more than one token, only its end is read. Tokens of a prefix are left out, because they attend to later tokens.
 *
 * @returns the last tokens of the text.
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
