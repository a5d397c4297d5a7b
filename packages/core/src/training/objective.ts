import * as tf from '@tensorflow/tfjs-core';

import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import { checkIds } from '../parameters/parameter.js';
import { outputProjection, type TrainingBatch } from '../model/forward.js';
import type { Decoder } from '../model/decoder.js';
import type { ParameterTensors } from '../model/tensor-ops.js';
import { crossEntropy, type CrossEntropyOptions } from '../ops/cross-entropy.js';
import { SECOND_HEAD } from '../model/model-parameters.js';

/** Target tokens of N hidden states. N is B * T, or the number of packed rows if padding is left out (`RowPacking`). */
export interface TargetTokens {
  /** Target ids, `[N]`; any valid id if the weight is 0. */
  readonly ids: Int32Array;
  /** Weight of each token in the loss, `[N]`. */
  readonly weights: Float32Array;
}

/** Target tokens, and the output projection that predicts them. */
export interface Target extends TargetTokens {
  /** The output projection, `[V, C]`, with one row per token. */
  readonly projection: tf.Tensor2D;
  /** Bound of the logits (soft capping by tanh); none by default. */
  readonly cap?: number;
  /** Whether the projection is not trained. */
  readonly isFrozen?: boolean;
}

/** The layers of a forward pass whose output is compared with targets, and the targets. */
export interface Objective {
  /** Indices of the layers, from 0, ascending. The last layer of the model is always one of them. */
  readonly layers: readonly number[];
  /** Targets of each of the layers: the next tokens, then the tokens two ahead, if they are trained. */
  readonly targets: readonly Target[];
}

/** Sums of the target weights over all batches of an update: for the next token, and for the token after it. */
export interface TotalWeights {
  readonly next: number;
  readonly second: number;
}

/**
 * Returns the layers from whose output tokens are predicted in training. The last layer is always one of them. With
 * losses at intermediate layers, layer l of n (counted from 1) is one during the first l/(2n) of the training.
 *
 * @param fraction - Fraction of the updates that are done, 0 to 1.
 * @returns indices from 0, ascending.
 * @see Al-Rfou et al. 2018, "Intermediate Layer Losses", https://arxiv.org/abs/1808.04444
 */
export function predictingLayers(
  nLayer: number,
  fraction: number,
  { intermediateLosses }: Pick<TrainingConfig, 'intermediateLosses'>,
): number[] {
  const layers = Array.from({ length: nLayer }, (_, layer) => layer);
  return layers.filter((layer) => {
    const isEarly = intermediateLosses && fraction < (layer + 1) / (2 * nLayer);
    return layer === nLayer - 1 || isEarly;
  });
}

/**
 * Returns the batches that a training step computes: with R-Drop, each sequence twice, the copies in the second half,
 * with half the weight each; otherwise the batches unchanged.
 */
export function computedBatches(
  batches: readonly TrainingBatch[],
  { rDrop }: Pick<TrainingConfig, 'rDrop'>,
): readonly TrainingBatch[] {
  return rDrop > 0 ? batches.map(twice) : batches;
}

function twice(batch: TrainingBatch): TrainingBatch {
  const { tokens, targets, weights, lengths, prefixLengths, packing, batchSize } = batch;
  const [places, rows] = [tokens.length, packing?.rows.length ?? 0];
  return {
    ...batch,
    batchSize: 2 * batchSize,
    tokens: repeated(tokens),
    targets: repeated(targets),
    weights: Float32Array.from({ length: 2 * places }, (_, i) => weights[i % places] / 2),
    ...(lengths && { lengths: repeated(lengths) }),
    ...(prefixLengths && { prefixLengths: repeated(prefixLengths) }),
    ...(packing && {
      packing: {
        rows: repeated(packing.rows, places),
        places: repeated(packing.places, rows),
        tokens: repeated(packing.tokens),
        positions: repeated(packing.positions),
      },
    }),
  };
}

/** Returns the numbers, followed by a copy in which each number is `more` larger. */
function repeated(numbers: Int32Array, more = 0): Int32Array {
  const { length } = numbers;
  return Int32Array.from({ length: 2 * length }, (_, i) =>
    i < length ? numbers[i] : numbers[i - length] + more,
  );
}

/**
 * Returns the targets of every layer that predicts: the next tokens, then the tokens two ahead if `secondTarget` is
 * above 0. Weights are divided by `totals`, so that the weighted sum of the losses in an update is a mean. Weights of
 * the tokens two ahead are also multiplied by `secondTarget`.
 */
export function targetTokens(
  config: ModelConfig,
  batch: TrainingBatch,
  totals: TotalWeights,
  { secondTarget }: Pick<TrainingConfig, 'secondTarget'>,
): TargetTokens[] {
  checkIds('targets', batch.targets, config.vocabSize);
  const rowsOf = (ids: Int32Array, weights: Float32Array): TargetTokens => {
    const rows = batch.packing?.rows;
    if (!rows) return { ids, weights };
    return {
      ids: rows.map((row) => ids[row]),
      weights: Float32Array.from(rows, (row) => weights[row]),
    };
  };
  const next = rowsOf(
    batch.targets,
    batch.weights.map((weight) => weight / totals.next),
  );
  if (secondTarget === 0) return [next];
  const { ids, weights } = secondTargets(batch);
  const factor = secondTarget / Math.max(totals.second, Number.MIN_VALUE); // avoids 0 / 0
  return [
    next,
    rowsOf(
      ids,
      weights.map((weight) => factor * weight),
    ),
  ];
}

/** Returns target tokens with the output projections that predict them: the model's, then the second head's. */
export function targetsOf(
  { config, adapters }: Pick<Decoder, 'config' | 'adapters'>,
  parameters: ParameterTensors,
  tokens: readonly TargetTokens[],
): Target[] {
  const projections = [
    outputProjection(config, parameters),
    parameters[SECOND_HEAD] as tf.Tensor2D,
  ]; // [V, C] in the store
  return tokens.map((target, i) => ({
    ...target,
    projection: projections[i],
    cap: config.logitCap,
    isFrozen: adapters !== undefined,
  }));
}

/**
 * Returns, for each position, the token two positions ahead, with its weight as a next token. At the last position of
 * a sequence, the weight is 0.
 */
export function secondTargets({
  targets,
  weights,
  batchSize,
}: Pick<TrainingBatch, 'targets' | 'weights' | 'batchSize'>): Pick<Target, 'ids' | 'weights'> {
  const T = targets.length / batchSize;
  const isLast = (i: number): boolean => i % T === T - 1;
  return {
    ids: targets.map((id, i) => (isLast(i) ? id : targets[i + 1])),
    weights: weights.map((_, i) => (isLast(i) ? 0 : weights[i + 1])),
  };
}

/**
 * Computes the loss of each target.
 *
 * @param hidden - Normalized hidden states of one layer, `[B * T, C]`.
 */
export function targetLosses(
  hidden: tf.Tensor2D,
  targets: readonly Target[],
  options: CrossEntropyOptions = {},
): tf.Scalar[] {
  return targets.map(({ projection, cap, isFrozen, ids, weights }) => {
    const [wanted, shares] = [tf.tensor1d(ids, 'int32'), tf.tensor1d(weights)];
    return crossEntropy(hidden, projection, wanted, shares, { ...options, cap, isFrozen }).loss;
  });
}
