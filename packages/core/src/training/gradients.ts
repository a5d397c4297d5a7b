import * as tf from '@tensorflow/tfjs-core';

import { hasPrefix } from '../attention/attention-layers.js';
import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import { type ForwardOptions, forwardOps, type TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { checkInUse } from '../model/model-in-use.js';
import { recallOf, type SegmentMemory } from '../attention/segment-memory.js';
import { residualStreams } from '../model/transformer.js';
import { addLosses } from '../ops/add-losses.js';
import type { CrossEntropyOptions } from '../ops/cross-entropy.js';
import { checkHeads } from '../model/training-heads.js';
import {
  type Objective,
  predictingLayers,
  secondTargets,
  targetLosses,
  targetsOf,
} from './objective.js';
import { type LearningModel, recomputedGradients } from './recomputed-gradients.js';

export interface LossAndGradients {
  /** Loss of the next tokens at the end of the model, without auxiliary losses. */
  readonly loss: number;
  /** Gradients by parameter name; the caller disposes of them. */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
  /** Segment memory after the last micro-batch, for a model that remembers segments. */
  readonly memory?: SegmentMemory;
}

/**
 * The loss of several micro-batches and the gradient of every parameter, as if they were one batch:
 * each target counts by its weight over the weights of all. The gradient is that of the sum of all
 * losses that the configuration asks for.
 *
 * @param firstIndex - Micro-batches before these; with the seed it decides what dropout removes, and
 *   with `maxSteps` which layers predict.
 * @param memory - What the segments before left behind, where the first micro-batch continues them.
 * @throws RangeError for a weight within a prefix, where there is nothing to learn, and where all are
 *   0; TypeError for a model without the heads of its training.
 */
export function lossAndGradients(
  model: Model,
  batches: readonly TrainingBatch[],
  config: TrainingConfig,
  firstIndex: number,
  memory?: SegmentMemory,
): LossAndGradients {
  checkInUse(model);
  checkHeads(model, config);
  const sumOfAll = (weightsOf: (batch: TrainingBatch) => Float32Array): number =>
    batches.reduce((sum, batch) => sum + sumOf(weightsOf(batch)), 0);
  const totals = {
    next: sumOfAll(({ weights }) => weights),
    second: config.secondTarget === 0 ? 0 : sumOfAll((batch) => secondTargets(batch).weights),
  };
  if (totals.next === 0) {
    throw new RangeError('weights: expected at least one above 0 in an update, got none');
  }
  const maxSteps = config.maxSteps || Infinity; // not planned yet
  const share = Math.floor(firstIndex / config.gradAccumSteps) / maxSteps;
  const layers = predictingLayers(model.config.nLayer, share, config);
  const parameters = model.parameters.tensors();
  const learning = { config: model.config, specs: model.parameters.specs, parameters };
  const gradientsOf = config.recompute ? recomputedGradients : wholeGradients;
  let loss = 0;
  let remembered = memory;
  let gradients: Record<string, tf.Tensor> = {};
  batches.forEach((batch, i) => {
    checkPrefixWeights(model.config, batch);
    const dropoutOf = (place: number) =>
      ({ rate: config.dropout, seed: config.seed, step: firstIndex + i, stream: place }) as const;
    const recall = recallOf(model.config, batch, remembered);
    const options = { ...config, dropoutOf, recall };
    const previous = gradients;
    gradients = tf.tidy(() => {
      const targets = targetsOf(model.config, parameters, batch, totals, config);
      const own = gradientsOf(learning, batch, { layers, targets }, options);
      loss += own.loss;
      const sums = Object.entries(own.gradients).map(([name, gradient]) => {
        return [name, name in previous ? tf.add(gradient, previous[name]) : gradient] as const;
      });
      return Object.fromEntries(sums);
    });
    tf.dispose(previous);
    remembered = recall?.remembered();
  });
  return { loss, gradients, memory: remembered };
}

/** The loss of a batch and the gradient of every parameter, through the whole model at once. */
function wholeGradients(
  { config, parameters }: LearningModel,
  batch: TrainingBatch,
  { layers, targets }: Objective,
  options: ForwardOptions & CrossEntropyOptions,
): ReturnType<typeof recomputedGradients> {
  const names = Object.keys(parameters);
  let loss = NaN; // of the next tokens at the last layer
  const lossOf = (): tf.Scalar => {
    const ops = forwardOps(config, parameters, batch, options);
    const [, ...behind] = residualStreams(config, ops);
    const losses = layers.map((layer) => {
      return targetLosses(ops.norm(behind[layer], 'finalNorm'), targets, options);
    });
    [loss] = losses[losses.length - 1][0].dataSync();
    return addLosses(losses.flat());
  };
  const { grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]));
  return { loss, gradients: Object.fromEntries(names.map((name, n) => [name, grads[n]])) };
}

function sumOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** A token of a prefix sees the one that it should predict: there is nothing to learn. */
function checkPrefixWeights(
  config: ModelConfig,
  { weights, prefixLengths, batchSize }: TrainingBatch,
): void {
  if (!hasPrefix(config) || !prefixLengths) return;
  const T = weights.length / batchSize;
  prefixLengths.forEach((length, row) => {
    const seen = weights.subarray(row * T, row * T + Math.max(0, length - 1));
    const wrong = seen.find((weight) => weight !== 0);
    if (wrong === undefined) return;
    throw new RangeError(
      `weights: expected 0 within a prefix, whose tokens attend to one another, got ${wrong}; ` +
        'train on the output alone (sourceLoss 0) or use attention causal',
    );
  });
}
