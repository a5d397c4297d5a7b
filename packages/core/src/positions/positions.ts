import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp } from '../ops/define-op.js';
import { embedding } from '../ops/embedding.js';
import { type ParameterSpec, weight } from '../parameters/parameter.js';
import type { PositionName, PositionSettings } from './position-settings.js';
import { type RotaryModel, type Rotation, rotationOf } from './rotary.js';

/** The settings of a model that its positions depend on. */
export interface PositionModel extends RotaryModel {
  readonly nEmbd: number;
}

/**
 * Place where positions can enter a model: the input of the first block, or a layer. `seesWindow` is whether the
 * layer has window attention.
 */
export type Place = 'input' | { readonly layer: number; readonly seesWindow: boolean };

/** Name of a parameter table of learned position vectors, or name of computed position vectors. */
export type PositionTable = 'positionEmbedding' | `blocks.${number}.positionEmbedding`;

/** The positions of some rows, `[N]`, as numbers and as a tensor. */
interface RowPositions {
  readonly numbers: Int32Array;
  readonly ids: tf.Tensor1D;
}

/** A vector for each position, to be added to the stream. */
interface PositionVectors {
  readonly name: PositionTable;
  /**
   * Whether the vectors are rows of a learned table. Engines that run whole steps have an op only for these;
   * a model with others decodes op by op.
   */
  readonly areLearned: boolean;
  /** Looks up or computes the vectors of some rows, `[N, C]`. */
  readonly at: (rows: RowPositions, parameter: (name: string) => tf.Tensor) => tf.Tensor2D;
}

/** The ops of position encodings, on operands of type `X`. */
export interface PositionOps<X> {
  /** Returns the vectors of the rows' positions, `[N, C]`. */
  positionVectors(vectors: PositionVectors): X;
  add(x: X, y: X): X;
  /** Rotates the queries and keys of qkv by their positions, `[N, (H + 2K) D]`. */
  rotate(qkv: X, rotation: Rotation, layer: number): X;
}

/** The position encoding of a layer, or of the model's input. */
export interface LayerPositions {
  readonly parameters: readonly ParameterSpec[];
  /** Adds position vectors to the stream, `[N, C]`, or returns it unchanged. */
  add<X>(x: X, ops: PositionOps<X>): X;
  /** Rotates queries and keys, `[N, (H + 2K) D]`, or returns them unchanged. */
  turn<X>(qkv: X, ops: PositionOps<X>): X;
}

/**
 * Returns a function that makes the position encoding of a kind at each place. Places with equal encodings share one
 * object.
 */
type PositionMaker = (model: PositionModel) => (at: Place) => LayerPositions;

const NONE: LayerPositions = { parameters: [], add: (x) => x, turn: (qkv) => qkv };

/**
 * Makes a kind of learned positions.
 *
 * @param tableAt - Returns the name of the table that is added at a place, or `undefined`.
 * @see openai/gpt-2 src/model.py for the initial values
 */
function learned(tableAt: (at: Place) => PositionTable | undefined): PositionMaker {
  return ({ contextLength, nEmbd }) =>
    (at) => {
      const name = tableAt(at);
      if (!name) return NONE;
      const spec = weight(`${name}.weight`, [contextLength, nEmbd], 0.01);
      const vectors: PositionVectors = {
        name,
        areLearned: true,
        at: ({ ids }, parameter) => embedding(parameter(spec.name) as tf.Tensor2D, ids), // a matrix in every store
      };
      return {
        ...NONE,
        parameters: [{ ...spec, rows: 'positions' }],
        add: (x, ops) => ops.add(x, ops.positionVectors(vectors)),
      };
    };
}

/** Rotary positions (RoPE): queries and keys are rotated. Layers with the same settings share one rotation. */
const rotary: PositionMaker = (model) => {
  const known = new Map<boolean, Rotation>();
  return (at) => {
    if (at === 'input') return NONE;
    const isWindow = at.seesWindow && model.ropeWindowTheta !== undefined;
    const rotation = known.get(isWindow) ?? rotationOf(model, isWindow);
    known.set(isWindow, rotation);
    return { ...NONE, turn: (qkv, ops) => ops.rotate(qkv, rotation, at.layer) };
  };
};

/** The encoding of each kind of positions. */
const POSITIONS: Readonly<Record<PositionName, PositionMaker>> = {
  input: learned((at) => (at === 'input' ? 'positionEmbedding' : undefined)),
  'every-layer': learned((at) =>
    at === 'input' ? undefined : `blocks.${at.layer}.positionEmbedding`,
  ),
  rotary,
  none: () => () => NONE,
};

/** Returns a function that gives the position encoding of a model at each place: its input or a layer. */
export function positionsOf(
  model: PositionSettings & PositionModel,
): (at: Place) => LayerPositions {
  const names = model.positions.split(',') as PositionName[]; // checked with the config
  const makers = names.map((name) => POSITIONS[name](model));
  return (at) => {
    const name = names[(at === 'input' ? 0 : at.layer) % names.length];
    return makers[names.indexOf(name)](at); // one maker for all layers of a kind
  };
}

/** The shape of the heads of queries, keys and values, and the number of heads to rotate. */
export interface RotatedHeads {
  /** Width of a head, D. */
  readonly headDim: number;
  /** Number of first heads to rotate: the heads of queries and keys. */
  readonly heads: number;
}

/**
 * Rotates queries and keys by the angles of their positions, so that their dot products depend only on the
 * distance. Columns i and `i + R / 2` of a head are a pair; columns from R on stay unchanged.
 *
 * @param qkv - Heads as columns, `[N, W]`.
 * @param angles - Cosines and sines of each row's angles, `[N, R]`: R / 2 of each.
 * @returns `[N, W]`.
 * @see Su et al. 2021, section 3.2, https://arxiv.org/abs/2104.09864
 */
export function rotateHeads(
  qkv: tf.Tensor2D,
  angles: tf.Tensor2D,
  { headDim, heads }: RotatedHeads,
): tf.Tensor2D {
  return run({ qkv, angles }, { headDim, heads })[0] as tf.Tensor2D; // shape of qkv
}

/**
 * Kernel `RotateHeads`: `{ qkv [N, W], angles [N, R] }`, `{ headDim, heads }` to `[turned [N, W]]`. Kernel
 * `RotateHeadsGrad` returns the gradient of qkv: `dy` rotated by the negative angles.
 */
const run = defineOp({
  name: 'RotateHeads',
  savedInputs: ['angles'],
  differentiable: ['qkv'],
  forward: ({ qkv, angles }, attributes) => [turned(qkv, angles, attributes, 1)],
  backward: ({ dy, angles }, attributes) => [turned(dy, angles, attributes, -1)],
});

function turned(
  x: tf.Tensor,
  angles: tf.Tensor,
  { headDim, heads }: Attributes,
  direction: 1 | -1,
): tf.Tensor {
  const [D, H] = [headDim as number, heads as number]; // rotateHeads() put numbers there
  const [[N, W], [, R]] = [x.shape, angles.shape as [number, number]];
  const [cos, sin] = tf.split(tf.reshape(angles, [N, 1, R]), 2, 2);
  const all = tf.reshape(tf.slice(x, [0, 0], [N, H * D]), [N, H, D]);
  const [a, b, rest] = tf.split(all, [R / 2, R / 2, D - R], 2);
  const signed = tf.mul(sin, direction);
  const first = tf.sub(tf.mul(a, cos), tf.mul(b, signed));
  const second = tf.add(tf.mul(b, cos), tf.mul(a, signed));
  const own = tf.reshape(tf.concat([first, second, rest], 2), [N, H * D]);
  return tf.concat([own, tf.slice(x, [0, H * D], [N, W - H * D])], 1);
}
