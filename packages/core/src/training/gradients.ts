import * as tf from '@tensorflow/tfjs-core';

import { recallOf, type SegmentMemory } from '../attention/segment-memory.js';
import type { TrainingConfig } from '../config/training-config.js';
import { type ForwardOptions, forwardOps, type TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { checkHeads } from '../model/model-parameters.js';
import { residualStreams } from '../model/transformer.js';
import { addLosses, type CrossEntropyOptions } from '../ops/cross-entropy.js';
import {
  computedBatches,
  type Objective,
  targetLosses,
  targetsOf,
  targetTokens,
} from './objective.js';
import {
  type BatchGradients,
  type LearningModel,
  recomputedGradients,
  replaceBySum,
} from './recomputed-gradients.js';
import {
  pairwiseSum,
  planUpdate,
  sumInPairs,
  type UpdatePart,
  updateTotals,
  wholeShare,
} from './update-plan.js';

type Gradients = Readonly<Record<string, tf.Tensor>>;

export interface LossAndGradients {
  /** Loss of the next tokens at the end of the model, without auxiliary losses. */
  readonly loss: number;
  /** Gradients by parameter name; the caller disposes of them. */
  readonly gradients: Gradients;
  /** Segment memory after the last micro-batch, for a model that remembers segments. */
  readonly memory?: SegmentMemory;
}

/**
 * Computes the loss of one or more micro-batches and the gradient of every parameter, as if they were one
 * batch. The loss is the mean over all targets, by their weights. The gradient belongs to the sum of all
 * losses that the configuration enables. Gradients are summed in pairs, in the order of `shareOf`.
 *
 * @param firstIndex - Number of micro-batches before these. With the seed, it determines the dropout masks;
 *   with `maxSteps`, the layers that predict.
 * @param memory - Segment memory after the earlier segments, if the first micro-batch continues them.
 * @param part - Part of the update that these micro-batches make; the whole update by default.
 * @throws RangeError for a nonzero weight within a prefix and if all weights are 0; TypeError for a model
 *   without the training heads of the configuration.
 */
export function lossAndGradients(
  model: Model,
  batches: readonly TrainingBatch[],
  config: TrainingConfig,
  firstIndex: number,
  memory?: SegmentMemory,
  part: UpdatePart = wholeUpdate(batches, config),
): LossAndGradients {
  const layers = planUpdate(model, batches, config, firstIndex, part.totals);
  checkHeads(model, config);
  const parameters = model.parameters.tensors();
  const learning = { decoder: model.decoder, specs: model.parameters.specs, parameters };
  const losses: number[] = [];
  let remembered = memory;
  const sums = pairwiseSum(replaceBySums);
  computedBatches(batches, config).forEach((batch, i) => {
    const recall = recallOf(model.config, batch, remembered);
    const gradients = tf.tidy(() => {
      const targets = targetsOf(
        model.decoder,
        parameters,
        targetTokens(model.config, batch, part.totals, config),
      );
      const options = { ...passOptions(config, firstIndex + i), recall };
      const own = batchGradients(learning, batch, { layers, targets }, options);
      losses.push(own.loss.dataSync()[0]);
      own.loss.dispose();
      return own.gradients;
    });
    sums.add(gradients, part.share.additions[i]);
    remembered = recall?.remembered();
  });
  return {
    loss: sumInPairs(losses, part.share),
    gradients: sums.result(),
    memory: remembered,
  };
}

/** Returns an `UpdatePart` that covers the whole update: all micro-batches, in one process. */
export function wholeUpdate(batches: readonly TrainingBatch[], config: TrainingConfig): UpdatePart {
  const share = wholeShare(batches.length);
  return { share, totals: updateTotals(batches, config, share) };
}

/** Returns the sum `a + b` of the gradients of each parameter, and disposes of all gradients in `a` and `b`. */
function replaceBySums(a: Gradients, b: Gradients): Gradients {
  return Object.fromEntries(
    Object.entries(a).map(([name, gradient]) => [name, replaceBySum(gradient, b[name])]),
  );
}

/** Options of a forward and backward pass. */
export type PassOptions = ForwardOptions & CrossEntropyOptions & Pick<TrainingConfig, 'recompute'>;

/**
 * Returns the options of a forward and backward pass over one micro-batch in training.
 *
 * @param step - Index of the micro-batch in the whole training, which selects the dropout masks.
 */
export function passOptions(config: TrainingConfig, step: number): PassOptions {
  const { dropout: rate, seed } = config;
  return { ...config, dropoutOf: (stream) => ({ rate, seed, step, stream }) };
}

/** Computes the loss of one micro-batch and the gradient of every parameter. */
export function batchGradients(
  learning: LearningModel,
  batch: TrainingBatch,
  objective: Objective,
  options: PassOptions,
): BatchGradients {
  const gradientsOf = options.recompute ? recomputedGradients : wholeGradients;
  return gradientsOf(learning, batch, objective, options);
}

/**
 * Computes the loss of a batch and the gradient of every parameter with a single backward pass through the
 * whole model.
 */
function wholeGradients(
  { decoder, specs, parameters }: LearningModel,
  batch: TrainingBatch,
  { layers, targets }: Objective,
  options: ForwardOptions & CrossEntropyOptions,
): BatchGradients {
  const names = specs.map(({ name }) => name);
  let loss: tf.Scalar | undefined;
  const lossOf = (): tf.Scalar => {
    const ops = forwardOps(decoder, parameters, batch, options);
    const [, ...streams] = residualStreams(decoder, ops);
    const losses = layers.map((layer) => {
      return targetLosses(ops.norm(streams[layer], 'finalNorm'), targets, options);
    });
    loss = tf.keep(losses[losses.length - 1][0]);
    return addLosses(losses.flat());
  };
  const { grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]));
  const gradients = Object.fromEntries(names.map((name, n) => [name, grads[n]]));
  if (!loss) throw new Error('loss: expected one, got none'); // the function above has run
  return { loss, gradients };
}
