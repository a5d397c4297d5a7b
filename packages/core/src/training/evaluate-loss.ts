import * as tf from '@tensorflow/tfjs-core';

import { batchLoss, type TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { checkInUse } from '../model/model-in-use.js';
import { type Recall, recallOf, type SegmentMemory } from '../attention/segment-memory.js';
import type { ProcessGroup } from './strategy.js';
import { WHOLE } from './update-plan.js';

/** The loss of a model on data, and over how many tokens it is the mean. */
export interface LossReport {
  /** Mean cross-entropy in nats a counted token; no smoothing, no dropout. */
  readonly loss: number;
  /**
   * Sum of the weights that the loss is averaged over: the number of tokens if all weights are 1.
   */
  readonly tokens: number;
}

/**
 * Computes the loss over all batches together. A model with segment memory keeps it from one batch to the
 * next where they continue.
 *
 * @param group - Processes that share out the batches; each reads all of them.
 * @throws RangeError when no token counts: there is no mean of nothing.
 */
export async function evaluateLoss(
  model: Model,
  batches: AsyncIterable<TrainingBatch>,
  group?: Pick<ProcessGroup, 'part' | 'sum'>,
): Promise<LossReport> {
  const part = group?.part() ?? WHOLE;
  let [sum, tokens, index] = [0, 0, 0];
  let memory: SegmentMemory | undefined;
  for await (const batch of batches) {
    if (index++ % part.count !== part.index) continue;
    const recall = recallOf(model.config, batch, memory);
    const losses = positionLosses(model, batch, recall);
    memory = recall?.remembered();
    batch.weights.forEach((weight, i) => {
      // A padded position may hold anything: it must not even be multiplied by 0.
      if (weight !== 0) sum += weight * losses[i];
      tokens += weight;
    });
    await tf.nextFrame(); // lets signals and drawing through
  }
  const sums = Float64Array.of(sum, tokens);
  await group?.sum(sums);
  [sum, tokens] = sums;
  if (tokens === 0) {
    throw new RangeError(
      'validation data: expected at least one token with a weight above 0, got none',
    );
  }
  return { loss: sum / tokens, tokens };
}

/**
 * Computes the cross-entropy of each position that counts. Only their hidden states are projected on the
 * vocabulary, which matters for short outputs of long prompts.
 *
 * @returns nats, `[B * T]`; 0 at positions whose weight is 0.
 */
export function positionLosses(model: Model, batch: TrainingBatch, recall?: Recall): Float32Array {
  checkInUse(model);
  const { decoder, parameters } = model;
  const { weights } = batch;
  const counted = Array.from(weights.keys()).filter((i) => weights[i] !== 0);
  const positions = counted.length === weights.length ? undefined : counted;
  const options = { activations: parameters.activations, recall, positions };
  const losses = tf.tidy(
    () => batchLoss(decoder, parameters.tensors(), batch, 1, options).perPosition,
  );
  const found = losses.dataSync<'float32'>();
  const all = new Float32Array(weights.length);
  counted.forEach((position, i) => {
    all[position] = found[i];
  });
  losses.dispose();
  return all;
}
