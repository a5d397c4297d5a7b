import * as tf from '@tensorflow/tfjs-core';

import type { AttentionInput, AttentionPass } from '../attention/attention-kind.js';
import { seesWindow } from '../attention/attention-layers.js';
import { applyHeadNorms } from '../attention/head-norms.js';
import type { ModelConfig } from '../config/model-config.js';
import { normOf } from '../norm/norm-kinds.js';
import { dropout, NO_DROPOUT, residual, type Dropout } from '../ops/dropout.js';
import { embedding } from '../ops/embedding.js';
import { gated } from '../ops/gated.js';
import { linear, type LinearParams } from '../ops/linear.js';
import { roundActivations } from '../ops/round-activations.js';
import { scaled } from '../ops/scaled.js';
import type { ActivationKind } from '../parameters/activations.js';
import { rotateHeads } from '../positions/ops/rotate-heads.js';
import { type Rotation, rotationAngles, rotationOf } from '../positions/rotary.js';
import type { TransformerOps } from './transformer.js';

/** Parameters of one pass as tensors, by name. */
export type ParameterTensors = Readonly<Record<string, tf.Tensor>>;

/** Tokens and their positions, `[N]`. */
export interface TokenRows {
  readonly tokens: Int32Array;
  /** Each below the context length. */
  readonly positions: Int32Array;
}

/** Attention of one layer: `[N, C]` and `[N, (H + 2K) D]` to `[N, H D]`; `dropout` applies to its weights. */
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
  { tokens, positions }: TokenRows,
  attend: Attend,
  dropoutOf: (place: number) => Dropout = () => NO_DROPOUT,
): TransformerOps<tf.Tensor2D> {
  let place = 0;
  const parameter = (name: string): tf.Tensor => parameters[name];
  const ids = { tokens: tf.tensor1d(tokens, 'int32'), positions: tf.tensor1d(positions, 'int32') };
  const anglesOf = rotationTensors(positions);
  const eps = config.normEps;
  return {
    embedding: (table) => {
      const ofTokens = table === 'tokenEmbedding';
      const weight = parameter(`${table}.weight`) as tf.Tensor2D; // in every store
      const rows = embedding(weight, ofTokens ? ids.tokens : ids.positions);
      const { embeddingScale } = config;
      return ofTokens && embeddingScale !== undefined ? scaled(rows, embeddingScale) : rows;
    },
    norm: (x, name) => normOf(config).apply(x, name, { parameter, eps }),
    linear: (x, name, activation) => linear(x, linearParams(parameters, name), activation),
    gated,
    normHeads: (qkv, layer) =>
      applyHeadNorms(qkv, `blocks.${layer}.attention`, config, { parameter, eps }),
    rotate: (qkv, layer) => {
      const rotation = rotationIn(config, layer);
      if (!rotation) return qkv;
      const { nHead, nKvHead, headDim } = config;
      return rotateHeads(qkv, anglesOf(rotation), { headDim, heads: nHead + nKvHead });
    },
    context: (x) => x,
    attention: (input, qkv, layer) => attend({ input, qkv }, layer, dropoutOf(place++)),
    add: (x, y) => residual(x, y, NO_DROPOUT),
    residual: (x, branch) => residual(x, branch, dropoutOf(place++)),
    dropout: (x) => dropout(x, dropoutOf(place++)),
  };
}

/** How queries and keys of a layer turn; `undefined` where they do not. */
export function rotationIn(config: ModelConfig, layer: number): Rotation | undefined {
  return rotationOf(config, layer, seesWindow(config, layer));
}

/** The angles of rows of these positions as tensors, made once for all layers that turn alike. */
function rotationTensors(positions: Int32Array): (rotation: Rotation) => tf.Tensor2D {
  const made = new Map<Rotation, tf.Tensor2D>();
  return (rotation) => {
    const known = made.get(rotation);
    if (known && !known.isDisposed) return known;
    const angles = rotationAngles(rotation, positions);
    const tensor = tf.tensor2d(angles, [positions.length, rotation.columns]);
    made.set(rotation, tensor);
    return tensor;
  };
}

/** What kinds of attention take from the model. */
export function attentionPass(
  parameters: ParameterTensors,
  activations: ActivationKind,
): AttentionPass {
  return {
    parameter: (name) => parameters[name],
    linear: (x, name) =>
      linear(activations === 'int8' ? roundActivations(x) : x, linearParams(parameters, name)),
  };
}

function linearParams(parameters: ParameterTensors, name: string): LinearParams {
  return {
    // Of these ranks in every store.
    weight: parameters[`${name}.weight`] as tf.Tensor2D,
    bias: parameters[`${name}.bias`] as tf.Tensor1D | undefined, // not in every model
  };
}
