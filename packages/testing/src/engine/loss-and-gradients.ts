import { batchLoss, type Model, type TrainingBatch } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean loss of a batch and the gradient of every parameter, by name; without dropout.
 *
 * @returns tensors that are the caller's.
 */
export function lossAndGradients(
  model: Model,
  batch: TrainingBatch,
): { loss: number; gradients: Readonly<Record<string, tf.Tensor>> } {
  const parameters = model.parameters.tensors();
  const names = Object.keys(parameters);
  const lossOf = (...tensors: tf.Tensor[]): tf.Scalar =>
    batchLoss(
      model.decoder,
      Object.fromEntries(names.map((name, i) => [name, tensors[i]])),
      batch,
      batch.weights.reduce((sum, weight) => sum + weight, 0),
    ).loss;
  const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]));
  const loss = value.dataSync()[0];
  value.dispose();
  return { loss, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]])) };
}
