import type { Model, ModelConfig, TokenPrompt } from '@ramble/core';
import { nextTurn } from '@ramble/core/sampling';
import { type BlockReading, type PromptReading, readPrompt } from '@ramble/core/study';

import { whenAborted } from '../batch/model-batch.js';
import type { ExploredModel } from '../models/requested-model.js';
import { type Recent, recentValues } from './recent-values.js';

/** Number of predicted tokens per block of the logit lens. */
const COUNT = 10;
/** Number of forward passes that are kept for a model. The residual stream of each takes at most 128 MB. */
const READINGS = 2;
/** Maximum number of scores and other results kept for the layers of a prompt: 128 MB. */
const ROOM = 2 ** 25;

/** A reading (forward pass over a prompt) that several calls share. */
interface Shared {
  /** Progress callbacks of the calls that wait for the reading. */
  readonly waiting: Set<(blocks: number) => void>;
  readonly reading: Promise<PromptReading>;
  readonly blocks: Recent<BlockReading>;
}

/**
 * For each model, its forward passes over prompts (readings), complete or running, by prompt; the least recently used
 * first.
 */
const readingsOf = new WeakMap<Model, Recent<Shared>>();

/** Options of waiting for a forward pass over a prompt. */
interface ReadingOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of computed blocks. */
  readonly onProgress?: (blocks: number) => void;
}

/**
 * Runs a forward pass over a prompt (a reading) block by block, and lets other work run between two blocks. Calls
 * about the same prompt share one reading, which is cancelled when no call waits for it. The last readings of a model
 * are cached.
 *
 * @throws the signal's reason if it aborts; RangeError for a prompt longer than the context.
 */
export function promptReading(
  explored: Pick<ExploredModel, 'model' | 'domain'>,
  prompt: TokenPrompt,
  options?: ReadingOptions,
): Promise<PromptReading> {
  return waitFor(sharedReading(explored, prompt), options);
}

/**
 * Computes every intermediate result of a layer. The last layers are cached, so that only a new layer costs a
 * block of the model.
 *
 * @throws the signal's reason if it aborts; RangeError for a layer that does not exist, and for a prompt longer
 *   than the context or refused by `checkRoom`.
 */
export async function blockReading(
  explored: Pick<ExploredModel, 'model' | 'domain'>,
  prompt: TokenPrompt,
  layer: number,
  options?: ReadingOptions,
): Promise<BlockReading> {
  checkRoom(explored.model.config, prompt);
  const shared = sharedReading(explored, prompt);
  const reading = await waitFor(shared, options);
  return shared.blocks.of(String(layer), () => reading.block(layer));
}

function sharedReading(
  { model, domain }: Pick<ExploredModel, 'model' | 'domain'>,
  prompt: TokenPrompt,
): Shared {
  const readings = readingsOf.get(model) ?? recentValues<Shared>(READINGS, () => 1);
  readingsOf.set(model, readings);
  const { tokens, prefixLength = 0 } = prompt;
  const key = `${prefixLength} ${Array.from(tokens).join()}`;
  return readings.of(key, () => {
    const waiting: Shared['waiting'] = new Set();
    const read = async (): Promise<PromptReading> => {
      const reader = readPrompt(model, prompt, domain.vocabulary, { count: COUNT });
      for (;;) {
        await nextTurn();
        if (waiting.size === 0) throw new Error('no call waits for the reading any more');
        const { done, value } = reader.next();
        if (done) return value;
        for (const onProgress of waiting) onProgress(value);
      }
    };
    const blocks = recentValues<BlockReading>(ROOM, ({ size }) => size);
    const shared = { waiting, reading: read(), blocks };
    // A failed or abandoned reading is restarted by the next call.
    shared.reading.catch(() => readings.drop(key, shared));
    return shared;
  });
}

async function waitFor(
  { waiting, reading }: Shared,
  { signal, onProgress }: ReadingOptions = {},
): Promise<PromptReading> {
  const listener = (blocks: number): void => onProgress?.(blocks);
  waiting.add(listener);
  let forget = (): void => undefined;
  try {
    const aborted = new Promise<never>((_, reject) => {
      forget = whenAborted(signal, reject);
    });
    return await Promise.race([reading, aborted]);
  } finally {
    forget();
    waiting.delete(listener);
  }
}

/** Maximum number of scores of a layer in memory, counted before the mask, after it and after the softmax: 512 MB. */
const MAX_IN_MEMORY = 2 ** 27;
/** Maximum number of weights in an answer: 20 MB of JSON. */
const MAX_IN_ANSWER = 2 ** 21;

/**
 * Checks that the attention of a prompt fits into memory, and into an answer.
 *
 * @throws RangeError for a prompt whose attention does not fit. A prompt longer than the context is not checked.
 */
export function checkRoom(
  { nHead, contextLength }: ModelConfig,
  { tokens: { length } }: TokenPrompt,
): void {
  const max = Math.floor(Math.sqrt(Math.min(MAX_IN_MEMORY / (3 * nHead), MAX_IN_ANSWER)));
  if (length <= max || length > contextLength) return; // prompts longer than the context have their own error
  throw new RangeError(
    `prompt: expected at most ${max} tokens, so that the attention of ${nHead} heads fits, got ${length}`,
  );
}
