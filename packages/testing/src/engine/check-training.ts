import {
  createModel,
  cropBatches,
  exampleBatches,
  memoryTokens,
  type Model,
  type ModelConfig,
  train,
  type TrainingBatch,
  type TrainingConfig,
  trainingConfig,
} from '@ramble/core';
import {
  type AttentionPattern,
  batchLoss,
  forward,
  logitsOf,
  type TokenBatch,
} from '@ramble/core/model';
import type { ExampleSource } from '@ramble/core/training';
import * as tf from '@tensorflow/tfjs-core';

import { assertClose, assertEqual } from '../assert-close.js';
import { onReference } from './check-op.js';
import { fixedText } from './fixed-inputs.js';

const shape = { vocabSize: 29, contextLength: 17, nHead: 3, nEmbd: 21, mlpDim: 33 };
const settings = {
  batchSize: 2,
  gradAccumSteps: 2,
  maxSteps: 10,
  warmupSteps: 5,
  learningRate: 3e-3,
  dropout: 0.1,
  seed: 9,
};

/**
 * Checks ten training steps with dropout and gradient accumulation: the losses and gradient norms must equal those on
 * tfjs's cpu backend, and no tensor may leak.
 */
export async function checkTraining(
  attention: AttentionPattern,
  model: Partial<ModelConfig> = {},
  training: Partial<TrainingConfig> = {},
): Promise<void> {
  const given = { model, training };
  const actual = await run(attention, given);
  const expected = await onReference(['training', attention, given], () => run(attention, given));
  assertClose('losses', actual.losses, expected.losses, { atol: 1e-3 });
  assertClose('gradient norms', actual.norms, expected.norms, { rtol: 1e-2 });
}

/** Checks that activation recomputation (checkpointing) in the backward pass changes no bit of the results. */
export async function checkRecompute(precision: TrainingConfig['precision']): Promise<void> {
  const actual = await run('relative', { training: { recompute: true, precision } });
  const expected = await run('relative', { training: { precision } });
  assertClose('losses', actual.losses, expected.losses, { atol: 0 });
  assertClose('gradient norms', actual.norms, expected.norms, { atol: 0 });
}

/**
 * Checks ten training steps on examples of different lengths, whose padding is not computed: the losses and gradient
 * norms must equal those on tfjs's cpu backend.
 */
export async function checkPackedRows(model: Partial<ModelConfig>): Promise<void> {
  const given = { model, areExamples: true };
  const actual = await run('causal', given);
  const expected = await onReference(['packed rows', model], () => run('causal', given));
  assertClose('losses', actual.losses, expected.losses, { atol: 1e-3 });
  assertClose('gradient norms', actual.norms, expected.norms, { rtol: 1e-2 });
}

/** Settings that a test changes from the defaults. */
interface Given {
  /** Whether the data is examples of different lengths; otherwise it is a stream. */
  readonly areExamples?: boolean;
  readonly model?: Partial<ModelConfig>;
  readonly training?: Partial<TrainingConfig>;
}

/** Returns the losses and the gradient norms of a training. `given` overrides the default settings. */
async function run(
  attention: AttentionPattern,
  given: Given = {},
): Promise<Record<'losses' | 'norms', readonly number[]>> {
  const config = trainingConfig({ ...settings, ...given.training });
  const { contextLength, vocabSize } = shape;
  const { batchSize, seed } = config;
  const text = memoryTokens(fixedText(200, vocabSize));
  const options = { contextLength, batchSize, seed };
  const batches = given.areExamples
    ? exampleBatches(fixedExamples(vocabSize), options)
    : cropBatches(text, options);
  const nLayer = attention.split(',').length; // one layer of each kind
  const model = createModel({ ...shape, nLayer, attention, ...given.model }, { seed });
  model.parameters.tensors(); // tensors are counted before and after
  const tensors = tf.memory().numTensors;
  const [losses, norms]: [number[], number[]] = [[], []];
  for await (const report of train({ model, config, batches, clock: { now: () => 0 } })) {
    if (report.kind !== 'step') continue;
    losses.push(report.loss);
    norms.push(report.gradientNorm);
  }
  model.parameters.tensors();
  assertEqual('tensors left behind', tf.memory().numTensors - tensors, 0);
  model.dispose();
  return { losses, norms };
}

/** Returns ten examples of 3 to 16 tokens. */
function fixedExamples(vocabSize: number): ExampleSource {
  const lengthOf = (i: number): number => 3 + ((i * 5) % 14);
  return {
    length: 10,
    lengthOf,
    read: (i) => {
      const tokens = fixedText(lengthOf(i), vocabSize);
      return Promise.resolve({ tokens, lossWeights: tokens.map((_, t) => Number(t % 3 > 0)) });
    },
  };
}

/**
 * Computes the mean loss of a batch and the gradient of every parameter, by name, without dropout.
 *
 * @returns tensors, which the caller disposes of.
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

/** Returns the logits after every position of a batch, `[B * T, V]`. */
export function wholeLogits(model: Model, batch: TokenBatch): Float32Array {
  return tf.tidy(() => {
    const parameters = model.parameters.tensors();
    const hidden = forward(model.decoder, parameters, batch);
    return logitsOf(model.config, parameters, hidden).dataSync<'float32'>().slice();
  });
}
