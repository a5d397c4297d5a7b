import * as tf from '@tensorflow/tfjs-core';

import type { AttentionInput, AttentionPass, HeadSettings } from '../attention/attention-kind.js';
import { applyHeadNorms } from '../attention/head-norms.js';
import type { HeadShape } from '../attention/ops/masked-attention.js';
import { gated, geluOf } from '../ops/activations.js';
import { type Dropout, dropout, NO_DROPOUT, residual } from '../ops/dropout.js';
import { embedding, scaled } from '../ops/embedding.js';
import {
  type Activation,
  frozenLinear,
  linear,
  type LinearParams,
  type Precision,
  roundActivations,
} from '../ops/linear.js';
import { NORM_OPS } from '../ops/normalize.js';
import type { Adapters } from '../parameters/adapter-kind.js';
import type { ActivationKind } from '../parameters/parameter-store.js';
import { rotateHeads } from '../positions/positions.js';
import { type Rotation, rotationAngles } from '../positions/rotary.js';
import type { Decoder, Layer } from './decoder.js';
import type { TransformerOps } from './transformer.js';

/** Parameters of one pass as tensors, by name. */
export type ParameterTensors = Readonly<Record<string, tf.Tensor>>;

/** The tokens of a pass, `[N]`, with their positions and adapters. */
export interface TokenRows {
  readonly tokens: Int32Array;
  /** Position of each token, below the context length. */
  readonly positions: Int32Array;
  /**
   * Index into `positions` of each token, `[N]`, if `positions` lists each different position only once; by default,
   * `positions` has one entry per token.
   */
  readonly at?: Int32Array;
  /** The adapters of the rows; by default, all rows have the model's own. */
  readonly adapters?: readonly RowAdapters[];
}

/** Adapters of a pass, and the rows that have them. */
export interface RowAdapters {
  readonly adapters: Adapters;
  /** Parameters of the adapters, by name; other parameters are not read. */
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  /** Indices of the rows, each once; all rows by default. */
  readonly rows?: readonly number[];
}

/** Attention of one layer: `[N, C]` and `[N, (H + 2K) D]` to `[N, H D]`; `dropout` applies to its weights. */
export type Attend = (
  operands: AttentionInput<tf.Tensor2D>,
  layer: Layer,
  dropout: Dropout,
) => tf.Tensor2D;

/** Dropout and precision of a training pass. */
export interface TrainingOptions {
  /** Returns the dropout of the dropout layer `place`, counted from 0 in the order of the pass; none by default. */
  readonly dropoutOf?: (place: number) => Dropout;
  /** Format of the operands in products with weights and of their gradients; `f32` by default. */
  readonly precision?: Precision;
}

/** Returns the transformer's ops on tensors, without segment memory. */
export function tensorOps(
  { config, norm, adapters: own }: Decoder,
  parameters: ParameterTensors,
  {
    tokens,
    positions,
    at: places,
    adapters = own ? [{ adapters: own, parameters }] : [],
  }: TokenRows,
  attend: Attend,
  { dropoutOf = () => NO_DROPOUT, precision }: TrainingOptions = {},
): TransformerOps<tf.Tensor2D> {
  let place = 0;
  const parameter = (name: string): tf.Tensor => parameters[name];
  const ids = { tokens: tf.tensor1d(tokens, 'int32'), positions: tf.tensor1d(positions, 'int32') };
  const at = places && tf.tensor1d(places, 'int32');
  const spread = (x: tf.Tensor2D): tf.Tensor2D => (at ? embedding(x, at) : x);
  const anglesOf = rotationTensors(positions, spread);
  const eps = config.normEps;
  return {
    tokenEmbedding: () => {
      const weight = parameter('tokenEmbedding.weight') as tf.Tensor2D; // in every store
      const rows = embedding(weight, ids.tokens);
      const { embeddingScale } = config;
      return embeddingScale === undefined ? rows : scaled(rows, embeddingScale);
    },
    positionVectors: (vectors) =>
      spread(vectors.at({ numbers: positions, ids: ids.positions }, parameter)),
    norm: (x, name) => NORM_OPS[norm.stepOp](x, (part) => parameter(`${name}.${part}`), eps),
    linear: (x, name, activation) => {
      const params = linearParams(parameters, name);
      if (!adapters.some((each) => each.adapters.layers.has(name))) {
        return (own ? frozenLinear : linear)(x, params, activation, precision);
      }
      const drop = dropoutOf(place++);
      return adaptedLinear(x, params, activation, { name, adapters, drop, precision });
    },
    gated,
    normHeads: (qkv, { name }) =>
      applyHeadNorms(qkv, `${name}.attention`, config, { parameter, eps }),
    rotate: (qkv, rotation) => {
      const { nHead, nKvHead, headDim } = config;
      return rotateHeads(qkv, anglesOf(rotation), { headDim, heads: nHead + nKvHead });
    },
    context: (x) => x,
    attention: (input, qkv, layer) => attend({ input, qkv }, layer, dropoutOf(place++)),
    add: (x, y) => residual(x, y, NO_DROPOUT),
    residual: (x, branch) => residual(x, branch, dropoutOf(place++)),
    dropout: (x) => dropout(x, dropoutOf(place++)),
    inBlock: (compute) => tf.tidy(compute),
  };
}

/**
 * A linear layer of a frozen model with adapters: `activation(x W + bias + change)`. The product with W is one for all
 * rows, and each row adds the change of its own adapter, if it has one.
 *
 * @param x - `[N, in]`.
 * @param name - Prefix of the names of the layer's parameters.
 * @param drop - Dropout of the inputs of adapters. Adapters replace its rate by the rate of their settings.
 * @param precision - Format of the operands of all products; `f32` by default.
 * @returns `[N, out]`.
 * @see Chen et al. 2023, Punica, https://arxiv.org/abs/2310.18547
 * @see Sheng et al. 2023, S-LoRA, https://arxiv.org/abs/2311.03285
 */
function adaptedLinear(
  x: tf.Tensor2D,
  params: LinearParams,
  activation: Activation | undefined,
  {
    name,
    adapters,
    drop,
    precision,
  }: {
    readonly name: string;
    readonly adapters: readonly RowAdapters[];
    readonly drop: Dropout;
    readonly precision?: Precision;
  },
): tf.Tensor2D {
  const plain = frozenLinear(x, params, 'none', precision);
  let sum = plain;
  for (const { adapters: own, parameters, rows } of adapters) {
    const layer = own.layers.get(name);
    if (!layer) continue;
    const change = own.change(layer, {
      x: rows ? gathered(x, rows) : x,
      output: () => (rows ? gathered(plain, rows) : plain),
      frozen: params,
      ...{ parameters, drop, precision },
    });
    sum = residual(sum, rows ? scattered(change, rows, x.shape[0]) : change, NO_DROPOUT);
  }
  return activation === 'gelu' ? geluOf(sum) : sum;
}

function gathered(x: tf.Tensor2D, rows: readonly number[]): tf.Tensor2D {
  return tf.gather(x, tf.tensor1d([...rows], 'int32'));
}

/** Returns `[count, out]` with the given rows at their indices, and zeros in the others. */
function scattered(x: tf.Tensor2D, rows: readonly number[], count: number): tf.Tensor2D {
  const places = new Array<number>(count).fill(0);
  rows.forEach((row, i) => (places[row] = 1 + i)); // 0 is a row of zeros
  return gathered(
    tf.pad(x, [
      [1, 0],
      [0, 0],
    ]),
    places,
  );
}

/**
 * Returns a function that gives the cosines and sines of the positions' angles for a rotation. The tensor is made
 * once for all layers with the same rotation.
 */
function rotationTensors(
  positions: Int32Array,
  spread: (table: tf.Tensor2D) => tf.Tensor2D,
): (rotation: Rotation) => tf.Tensor2D {
  const made = new Map<Rotation, tf.Tensor2D>();
  return (rotation) => {
    const known = made.get(rotation);
    if (known && !known.isDisposed) return known;
    const angles = rotationAngles(rotation, positions);
    const tensor = spread(tf.tensor2d(angles, [positions.length, rotation.columns]));
    made.set(rotation, tensor);
    return tensor;
  };
}

/** Returns the access to the model's parameters and linear layers that attention needs. */
export function attentionPass(
  parameters: ParameterTensors,
  activations: ActivationKind,
  precision?: Precision,
): AttentionPass {
  return {
    parameter: (name) => parameters[name],
    linear: (x, name) => {
      return linear(rounded(x, activations), linearParams(parameters, name), 'none', precision);
    },
  };
}

function linearParams(parameters: ParameterTensors, name: string): LinearParams {
  return {
    // Every store has these parameters with these ranks.
    weight: parameters[`${name}.weight`] as tf.Tensor2D,
    bias: parameters[`${name}.bias`] as tf.Tensor1D | undefined, // not in every model
  };
}

/** Wraps the ops so that they round the inputs of products with weights to a number format. */
export function withActivations(
  activations: ActivationKind,
  ops: TransformerOps<tf.Tensor2D>,
): TransformerOps<tf.Tensor2D> {
  return {
    ...ops,
    linear: (x, name, activation) => ops.linear(rounded(x, activations), name, activation),
    norm: (x, name) => {
      const normed = ops.norm(x, name);
      return name === 'finalNorm' ? rounded(normed, activations) : normed; // the output projection's input
    },
  };
}

function rounded(x: tf.Tensor2D, activations: ActivationKind): tf.Tensor2D {
  return activations === 'f32' ? x : roundActivations(x);
}

/** Converts a model's settings of attention heads to the form that attention ops take. */
export function headShape({ nHead, nKvHead, scoreScale, scoreCap }: HeadSettings): HeadShape {
  return { nHead, nKvHead, scale: scoreScale, cap: scoreCap };
}
