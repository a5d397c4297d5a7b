import * as tf from '@tensorflow/tfjs-core';

import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import { batchLoss, type ForwardOptions, type TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import type { ParameterTensors } from '../model/tensor-ops.js';
import type { CrossEntropyOptions } from '../ops/cross-entropy.js';
import { recomputedGradients } from './recomputed-gradients.js';

export interface LossAndGradients {
  readonly loss: number;
  /** One a parameter, by name; the caller's. */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
}

/**
 * The loss of several micro-batches and the gradient of every parameter, as if they were one batch:
 * each target counts by its weight over the weights of all.
 *
 * @param firstIndex - Micro-batches before these; with the seed it decides what dropout removes.
 * @throws RangeError for a weight within a prefix, where there is nothing to learn.
 */
export function lossAndGradients(
  model: Model,
  batches: readonly TrainingBatch[],
  config: TrainingConfig,
  firstIndex: number,
): LossAndGradients {
  const totalWeight = batches.reduce((sum, { weights }) => sum + sumOf(weights), 0);
  const parameters = model.parameters.tensors();
  const gradientsOf = config.recompute ? recomputedGradients : wholeGradients;
  let loss = 0;
  let gradients: Record<string, tf.Tensor> = {};
  batches.forEach((batch, i) => {
    checkPrefixWeights(model.config, batch);
    const dropoutOf = (place: number) =>
      ({ rate: config.dropout, seed: config.seed, step: firstIndex + i, stream: place }) as const;
    const options = { ...config, dropoutOf };
    const previous = gradients;
    gradients = tf.tidy(() => {
      const own = gradientsOf(model.config, parameters, batch, totalWeight, options);
      loss += own.loss.dataSync()[0];
      const sums = Object.entries(own.gradients).map(([name, gradient]) => {
        return [name, name in previous ? tf.add(gradient, previous[name]) : gradient] as const;
      });
      return Object.fromEntries(sums);
    });
    tf.dispose(previous);
  });
  return { loss, gradients };
}

/** The loss of a batch and the gradient of every parameter, through the whole model at once. */
function wholeGradients(
  config: ModelConfig,
  parameters: ParameterTensors,
  batch: TrainingBatch,
  totalWeight: number,
  options: ForwardOptions & CrossEntropyOptions,
): ReturnType<typeof recomputedGradients> {
  const names = Object.keys(parameters);
  const lossOf = (): tf.Scalar => batchLoss(config, parameters, batch, totalWeight, options).loss;
  const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]));
  const gradients = Object.fromEntries(names.map((name, n) => [name, grads[n]]));
  return { loss: value, gradients }; // what lossOf gives
}

function sumOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** A token of a prefix sees the one that it should predict: there is nothing to learn. */
function checkPrefixWeights(
  { attention }: ModelConfig,
  { weights, prefixLengths, batchSize }: TrainingBatch,
): void {
  if (attention !== 'prefix' || !prefixLengths) return;
  const T = weights.length / batchSize;
  prefixLengths.forEach((length, row) => {
    const seen = weights.subarray(row * T, row * T + Math.max(0, length - 1));
    const wrong = seen.find((weight) => weight !== 0);
    if (wrong === undefined) return;
    throw new RangeError(
      `weights: expected 0 within a prefix, whose tokens see one another, got ${wrong}; ` +
        'learn the output alone (sourceLoss 0), or with attention causal',
    );
  });
}
