import type * as tf from '@tensorflow/tfjs-core';

import type { AttentionInput, AttentionPass } from '../attention/attention-kind.js';
import type { ModelConfig } from '../config/model-config.js';
import { normOf } from '../norm/norm-kinds.js';
import { dropout, NO_DROPOUT, residual, type Dropout } from '../ops/dropout.js';
import { embedding } from '../ops/embedding.js';
import { linear, type LinearParams } from '../ops/linear.js';
import type { TransformerOps } from './transformer.js';

/** Parameters of one pass as tensors, by name. */
export type ParameterTensors = Readonly<Record<string, tf.Tensor>>;

export interface TensorInputs {
  /** The token ids, int32 `[N]`. */
  readonly tokens: tf.Tensor1D;
  /** int32 `[N]`, each below the context length. */
  readonly positions: tf.Tensor1D;
}

/** Attention of one layer: `[N, C]` and `[N, 3C]` to `[N, C]`; `dropout` applies to its weights. */
export type Attend = (
  operands: AttentionInput<tf.Tensor2D>,
  layer: number,
  dropout: Dropout,
) => tf.Tensor2D;

/**
 * The transformer's ops on tensors, without a memory.
 *
 * @param dropoutOf - Dropout of the n-th place in the model that has one; none by default.
 */
export function tensorOps(
  config: ModelConfig,
  parameters: ParameterTensors,
  inputs: TensorInputs,
  attend: Attend,
  dropoutOf: (place: number) => Dropout = () => NO_DROPOUT,
): TransformerOps<tf.Tensor2D> {
  let place = 0;
  const parameter = (name: string): tf.Tensor => parameters[name];
  return {
    embedding: (table) =>
      embedding(
        parameter(`${table}.weight`) as tf.Tensor2D, // in every store
        table === 'tokenEmbedding' ? inputs.tokens : inputs.positions,
      ),
    norm: (x, name) => normOf().apply(x, name, { parameter, eps: config.layerNormEps }),
    linear: (x, name, activation) => linear(x, linearParams(parameters, name), activation),
    context: (x) => x,
    attention: (input, qkv, layer) => attend({ input, qkv }, layer, dropoutOf(place++)),
    add: (x, y) => residual(x, y, NO_DROPOUT),
    residual: (x, branch) => residual(x, branch, dropoutOf(place++)),
    dropout: (x) => dropout(x, dropoutOf(place++)),
  };
}

/** What kinds of attention take from the model. */
export function attentionPass(parameters: ParameterTensors): AttentionPass {
  return {
    parameter: (name) => parameters[name],
    linear: (x, name) => linear(x, linearParams(parameters, name)),
  };
}

function linearParams(parameters: ParameterTensors, name: string): LinearParams {
  return {
    // Of these ranks in every store.
    weight: parameters[`${name}.weight`] as tf.Tensor2D,
    bias: parameters[`${name}.bias`] as tf.Tensor1D,
  };
}
