import type * as tf from '@tensorflow/tfjs-core';

import { embedding } from '../ops/embedding.js';
import { type ParameterSpec, weight } from '../parameters/parameter.js';
import { type RotaryModel, type Rotation, rotationOf } from './rotary.js';

/** The settings of a model that its positions depend on. */
export interface PositionModel extends RotaryModel {
  readonly nEmbd: number;
}

/** A place at which positions enter a model: the input of the first block, or a layer. */
export type Place = 'input' | { readonly layer: number; readonly seesWindow: boolean };

/** Name of position vectors, and of the table of learned ones. */
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

/** The ops of positions. */
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

/** A kind of position encoding. A new kind is a line in the table `POSITION_KINDS` below. */
interface PositionKind {
  /** Whether other layers of the model may have another kind. */
  readonly mixes: boolean;
  /** Whether the kind rotates queries and keys, which only attention with `any` heads supports. */
  readonly turns?: true;
  /**
   * Returns a function that makes the position encoding at each place. Places with equal encodings share one object.
   */
  of(model: PositionModel): (at: Place) => LayerPositions;
}

const NONE: LayerPositions = { parameters: [], add: (x) => x, turn: (qkv) => qkv };

/**
 * Makes a kind of learned positions.
 *
 * @param tableAt - Returns the name of the table that is added at a place, or `undefined`.
 * @see openai/gpt-2 src/model.py for the initial values
 */
function learned(tableAt: (at: Place) => PositionTable | undefined): PositionKind {
  return {
    mixes: false,
    of:
      ({ contextLength, nEmbd }) =>
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
      },
  };
}

/** Rotary positions (RoPE): queries and keys are rotated. Layers with the same settings share one rotation. */
const rotary: PositionKind = {
  mixes: true,
  turns: true,
  of: (model) => {
    const known = new Map<boolean, Rotation>();
    return (at) => {
      if (at === 'input') return NONE;
      const isWindow = at.seesWindow && model.ropeWindowTheta !== undefined;
      const rotation = known.get(isWindow) ?? rotationOf(model, isWindow);
      known.set(isWindow, rotation);
      return { ...NONE, turn: (qkv, ops) => ops.rotate(qkv, rotation, at.layer) };
    };
  },
};

/**
 * All kinds of positions by name: learned vectors, added at the input or before every block; rotations of
 * queries and keys; or none, if attention uses distances or a layer needs no positions.
 */
export const POSITION_KINDS = {
  input: learned((at) => (at === 'input' ? 'positionEmbedding' : undefined)),
  'every-layer': learned((at) =>
    at === 'input' ? undefined : `blocks.${at.layer}.positionEmbedding`,
  ),
  rotary,
  none: { mixes: true, of: () => () => NONE },
} as const satisfies Readonly<Record<string, PositionKind>>;

export type PositionName = keyof typeof POSITION_KINDS;

/**
 * One name for all layers, or a list of `rotary` and `none` with commas between them, one per layer. The list
 * repeats if the model has more layers: `rotary,rotary,rotary,none`.
 */
export type PositionPattern = PositionName | `${PositionName},${string}`;

/** The setting of a model's positions. */
export interface PositionSettings {
  readonly positions: PositionPattern;
}

/** Returns the positions of a model's input and of its layers, by place. */
export function positionsOf(
  model: PositionSettings & PositionModel,
): (at: Place) => LayerPositions {
  const names = namesOf(model.positions);
  const makers = names.map((name) => kindOf(name).of(model));
  return (at) => {
    const name = names[(at === 'input' ? 0 : at.layer) % names.length];
    return makers[names.indexOf(name)](at); // one maker for all layers of a kind
  };
}

/** Returns the kind of a name. */
export function kindOf(name: PositionName): PositionKind {
  return POSITION_KINDS[name];
}

/** Returns the names of a pattern, for the first layers. */
export function namesOf(pattern: PositionPattern): PositionName[] {
  return pattern.split(',') as PositionName[]; // checked with the config
}

/** Whether a pattern has layers that rotate queries and keys. */
export function rotates(pattern: PositionPattern): boolean {
  return namesOf(pattern).some((name) => kindOf(name).turns);
}
