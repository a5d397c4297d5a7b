import * as tf from '@tensorflow/tfjs-core';

import type { TrainingConfig } from '../config/training-config.js';
import { batchLoss, type TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';

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
 */
export function lossAndGradients(
  model: Model,
  batches: readonly TrainingBatch[],
  config: TrainingConfig,
  firstIndex: number,
): LossAndGradients {
  const totalWeight = batches.reduce((sum, { weights }) => sum + sumOf(weights), 0);
  const parameters = model.parameters.tensors();
  const names = Object.keys(parameters);
  let loss = 0;
  let gradients: tf.Tensor[] | undefined;
  batches.forEach((batch, i) => {
    const dropoutOf = (place: number) =>
      ({ rate: config.dropout, seed: config.seed, step: firstIndex + i, stream: place }) as const;
    const options = { ...config, dropoutOf };
    const lossOf = (...tensors: tf.Tensor[]): tf.Scalar => {
      const byName = Object.fromEntries(names.map((name, n) => [name, tensors[n]]));
      return batchLoss(model.config, byName, batch, totalWeight, options).loss;
    };
    const previous = gradients;
    gradients = tf.tidy(() => {
      const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]));
      loss += value.dataSync()[0];
      return previous ? grads.map((gradient, n) => tf.add(gradient, previous[n])) : grads;
    });
    tf.dispose(previous);
  });
  const sums = gradients ?? [];
  return { loss, gradients: Object.fromEntries(names.map((name, n) => [name, sums[n]])) };
}

function sumOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
