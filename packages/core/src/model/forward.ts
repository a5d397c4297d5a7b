import * as tf from '@tensorflow/tfjs-core';

import type { WholePass } from '../attention/attention-kind.js';
import type { Recall } from '../attention/segment-memory.js';
import type { ModelConfig } from '../config/model-config.js';
import { checkIds } from '../parameters/parameter.js';
import {
  cappedLogits,
  crossEntropy,
  type CrossEntropyOptions,
  type Losses,
} from '../ops/cross-entropy.js';
import { NO_DROPOUT } from '../ops/dropout.js';
import type { ActivationKind } from '../parameters/parameter-store.js';
import type { Decoder } from './decoder.js';
import { outputName } from './model-parameters.js';
import {
  type Attend,
  attentionPass,
  type ParameterTensors,
  headShape,
  tensorOps,
  type TrainingOptions,
  withActivations,
} from './tensor-ops.js';
import { packedPass, type RowPacking } from './row-packing.js';
import { transformer, type TransformerOps } from './transformer.js';

/** A batch of sequences of one length; shorter ones are padded on the right. */
export interface TokenBatch {
  /** Token ids, row-major `[B, T]`, padded with any valid id. */
  readonly tokens: Int32Array;
  readonly batchSize: number;
  /** Number of positions of each sequence that are not padding, `[B]`; all positions by default. */
  readonly lengths?: Int32Array;
  /** Length of the prefix of each sequence, `[B]`; used by models with `prefix` attention. */
  readonly prefixLengths?: Int32Array;
  /** Positions of the batch that are not padding, if only these are computed (`packRows`). */
  readonly packing?: RowPacking;
}

/** Sequences, with the target that should follow each token. */
export interface TrainingBatch extends TokenBatch {
  /** Target ids, `[B, T]`; any valid id if the weight is 0. */
  readonly targets: Int32Array;
  /** Weight of each target, `[B, T]`. */
  readonly weights: Float32Array;
  /**
   * Contribution of this batch to the number by which an update divides its weighted sum of losses; the sum of
   * `weights` by default. For preference pairs it is the number of pairs.
   */
  readonly total?: number;
  /** Whether each sequence continues the sequence at the same index of the previous batch. */
  readonly continues?: boolean;
  /** Whether sequences 2 i and 2 i + 1 are a pair: a chosen answer and a rejected one. */
  readonly arePairs?: boolean;
}

/** Activations, memory, dropout and precision of a forward pass. */
export interface ForwardOptions extends TrainingOptions {
  /** Number format of the activations in products with weights; `f32` by default. */
  readonly activations?: ActivationKind;
  /** The memory of earlier segments; none by default. */
  readonly recall?: Recall;
}

/**
 * Computes the hidden states of whole sequences.
 *
 * @returns hidden states `[B * T, C]`, which the caller disposes of.
 */
export function forward(
  decoder: Decoder,
  parameters: ParameterTensors,
  batch: TokenBatch,
  options: ForwardOptions = {},
): tf.Tensor2D {
  return tf.tidy(() => transformer(decoder, forwardOps(decoder, parameters, batch, options)));
}

/**
 * Returns the ops of one pass over a batch.
 *
 * @throws RangeError if tokens do not fit the model.
 */
export function forwardOps(
  decoder: Decoder,
  parameters: ParameterTensors,
  batch: TokenBatch,
  { activations = 'f32', recall, ...training }: ForwardOptions = {},
): TransformerOps<tf.Tensor2D> {
  const { config } = decoder;
  checkBatch(config, batch);
  const T = batch.tokens.length / batch.batchSize;
  const pass = wholePass(config, parameters, batch, T, { ...training, activations });
  const attendWhole: Attend = (operands, layer, dropout) =>
    layer.attention.whole(operands, { ...pass, dropout });
  const { rows, attend } = packedPass(batch, T, attendWhole);
  const plain = tensorOps(decoder, parameters, rows, attend, training);
  const ops = withActivations(activations, plain);
  return recall ? { ...ops, context: (x, { index }) => recall.recall(x, index) } : ops;
}

/**
 * Returns the attention pass over whole sequences, without dropout.
 *
 * @param queries - Number of query positions of each sequence, T, which follow the remembered positions.
 */
export function wholePass(
  config: ModelConfig,
  parameters: ParameterTensors,
  { batchSize: batch, lengths, prefixLengths }: Omit<TokenBatch, 'tokens'>,
  queries: number,
  { activations = 'f32', precision }: Pick<ForwardOptions, 'activations' | 'precision'> = {},
): WholePass {
  const shape = { ...headShape(config), batch, lengths, prefixLengths };
  const pass = attentionPass(parameters, activations, precision);
  return { ...pass, shape, queries, dropout: NO_DROPOUT };
}

/** Options of the loss of a batch. */
export interface BatchLossOptions extends ForwardOptions, CrossEntropyOptions {
  /** Indices in `[B * T]` of the positions whose hidden states are projected on the vocabulary; all by default. */
  readonly positions?: readonly number[];
}

/**
 * Computes the loss of a batch, `sum(weights * crossEntropy) / totalWeight`.
 *
 * @param totalWeight - Sum of the weights of all batches of an update.
 */
export function batchLoss(
  decoder: Decoder,
  parameters: ParameterTensors,
  batch: TrainingBatch,
  totalWeight: number,
  { positions, ...options }: BatchLossOptions = {},
): Losses {
  checkTargets(batch);
  const { config } = decoder;
  const hidden = forward(decoder, parameters, batch, options);
  checkIds('targets', batch.targets, config.vocabSize);
  const targets = tf.tensor1d(batch.targets, 'int32');
  const weights = tf.tensor1d(batch.weights.map((weight) => weight / totalWeight));
  const { packing } = batch;
  const rowsOf = <T extends tf.Tensor>(all: T, rows?: ArrayLike<number>): T =>
    rows ? tf.gather(all, tf.tensor1d(Int32Array.from(rows))) : all;
  const targetRows = positions ?? packing?.rows;
  return crossEntropy(
    rowsOf(hidden, packing ? positions?.map((at) => packing.places[at]) : positions),
    outputProjection(config, parameters),
    rowsOf(targets, targetRows),
    rowsOf(weights, targetRows),
    { ...options, cap: config.logitCap },
  );
}

/** Computes the logits of every position, `[B * T, V]`, which the caller disposes of. */
export function logitsOf(
  config: ModelConfig,
  parameters: ParameterTensors,
  hidden: tf.Tensor2D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const logits = tf.matMul(hidden, outputProjection(config, parameters), false, true);
    return cappedLogits(logits, config.logitCap ?? 0) as tf.Tensor2D; // same shape
  });
}

/** Returns the output projection, `[V, C]`, which is the token embedding in GPT-2. */
export function outputProjection(config: ModelConfig, parameters: ParameterTensors): tf.Tensor2D {
  return parameters[outputName(config)] as tf.Tensor2D; // [V, C] in every store
}

/**
 * Checks the numbers of a batch.
 *
 * @throws RangeError if tokens or lengths do not fit the model.
 */
export function checkBatch(config: ModelConfig, batch: TokenBatch): void {
  const T = batch.tokens.length / batch.batchSize;
  checkTokens(config, batch.tokens, T);
  checkLengths('lengths', batch.lengths, batch.batchSize, T);
  checkLengths('prefixLengths', batch.prefixLengths, batch.batchSize, T);
}

/**
 * Checks that each token of a batch has a target and a weight.
 *
 * @throws RangeError if the number of targets or weights differs from the number of tokens.
 */
export function checkTargets({ tokens, targets, weights }: TrainingBatch): void {
  for (const [name, { length }] of Object.entries({ targets, weights })) {
    if (length === tokens.length) continue;
    throw new RangeError(`${name}: expected ${tokens.length}, one for each token, got ${length}`);
  }
}

/**
 * Checks the ids and the length of a sequence.
 *
 * @throws RangeError if an id or the length does not fit the model.
 */
function checkTokens(config: ModelConfig, tokens: ArrayLike<number>, length: number): void {
  if (!Number.isInteger(length) || length < 1 || length > config.contextLength) {
    throw new RangeError(
      `tokens: expected sequences of 1 to ${config.contextLength} tokens (contextLength), got ${length}`,
    );
  }
  checkIds('tokens', tokens, config.vocabSize);
}

/** Checks the tokens of one sequence, which may have any length for a model that remembers segments. */
export function checkSequenceTokens(
  { config, remembersSegments }: Decoder,
  tokens: ArrayLike<number>,
): void {
  const length = Math.min(tokens.length, remembersSegments ? config.contextLength : Infinity);
  checkTokens(config, tokens, length);
}

function checkLengths(
  name: string,
  lengths: Int32Array | undefined,
  batchSize: number,
  T: number,
): void {
  if (!lengths) return;
  if (lengths.length !== batchSize) {
    throw new RangeError(
      `${name}: expected one for each of ${batchSize} sequences, got ${lengths.length}`,
    );
  }
  const wrong = lengths.find((length) => length < 0 || length > T);
  if (wrong === undefined) return;
  throw new RangeError(`${name}: expected 0 to ${T}, the positions of a sequence, got ${wrong}`);
}
