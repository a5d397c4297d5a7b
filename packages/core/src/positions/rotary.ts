import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp } from '../ops/define-op.js';
import type { SettingTable } from '../settings/settings.js';
import {
  checkRopeScaling,
  ropeAttentionFactor,
  ropeFrequencies,
  type RopeScaling,
} from './rope-scaling.js';

/** Settings of rotary positions; absent in models without them. */
export interface RotarySettings {
  /** Base of the frequencies. */
  readonly ropeTheta?: number;
  /** Base of the frequencies of layers with a sliding window, if it differs. They are never scaled. */
  readonly ropeWindowTheta?: number;
  /** Fraction of a head's columns to rotate; all by default. */
  readonly ropeShare?: number;
  readonly ropeScaling?: RopeScaling;
}

const OWNER = 'where positions are rotary';

/** Table of the settings of rotary positions. */
export const ROTARY_SETTINGS: SettingTable<RotarySettings> = {
  ropeTheta: {
    kind: 'number',
    min: 1,
    exclusive: 'min',
    derived: `10,000 ${OWNER}`,
    isLater: true,
    description: 'Base of the frequencies of rotary positions.',
  },
  ropeWindowTheta: {
    kind: 'number',
    min: 1,
    exclusive: 'min',
    derived: `ropeTheta ${OWNER}`,
    isLater: true,
    description:
      'Base of the frequencies in layers whose attention is window; these are never scaled.',
  },
  ropeShare: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'min',
    derived: `1 ${OWNER}`,
    isLater: true,
    description: "Fraction of a head's columns that rotary positions rotate.",
  },
  ropeScaling: {
    kind: 'object',
    check: checkRopeScaling,
    derived: 'none',
    isLater: true,
    description:
      'Scaling of rotary positions beyond the length of the first training: linear, llama3, yarn, dynamic or longrope, such as {"kind":"linear","factor":2}.',
  },
};

/** The settings of a model that its rotations depend on. */
export interface RotaryModel extends RotarySettings {
  readonly headDim: number;
  readonly contextLength: number;
}

/** Rotation of a layer's queries and keys. */
export interface Rotation {
  /** Number of columns of a head to rotate, R. */
  readonly columns: number;
  /** Angle per position of each pair of columns, in radians, `[R / 2]`. */
  readonly frequencies: Float32Array;
  /** Factor of the cosines and sines. */
  readonly factor: number;
}

/**
 * Checks the settings of rotary positions and fills in the base.
 *
 * @param positions - The config's names of the model's positions.
 * @throws RangeError for settings of a model without rotary positions, or settings that do not fit its heads.
 */
export function completeRotary(model: RotaryModel, positions: string): RotarySettings {
  const { ropeTheta, ropeWindowTheta, ropeShare, ropeScaling } = model;
  const given = { ropeTheta, ropeWindowTheta, ropeShare, ropeScaling };
  if (!positions.split(',').includes('rotary')) {
    const extra = Object.entries(given).find(([, value]) => value !== undefined);
    if (!extra) return given;
    throw new RangeError(
      `${extra[0]}: expected no value unless positions are rotary (they are ${positions}), got ${JSON.stringify(extra[1])}`,
    );
  }
  const columns = columnsOf(model);
  if (columns < 2 || columns % 2 !== 0) {
    throw new RangeError(
      `headDim: expected an even number of columns that rotary positions turn in pairs, got ${columns}`,
    );
  }
  if (ropeScaling?.kind === 'dynamic' && columns < 4) {
    throw new RangeError(
      `headDim: expected 4 or more columns that turn with ropeScaling dynamic, which stretches all pairs but the first, got ${columns}`,
    );
  }
  if (ropeScaling?.kind === 'longrope') {
    for (const name of ['shortFactors', 'longFactors'] as const) {
      const { length } = ropeScaling[name];
      if (length === columns / 2) continue;
      throw new RangeError(
        `ropeScaling.${name}: expected ${columns / 2} numbers, one for each pair of columns, got ${length}`,
      );
    }
  }
  return { ...given, ropeTheta: ropeTheta ?? 10_000 };
}

/**
 * Computes the rotation of queries and keys.
 *
 * @param isWindow - Whether the base is `ropeWindowTheta`, whose frequencies are never scaled.
 */
export function rotationOf(model: RotaryModel, isWindow: boolean): Rotation {
  const { ropeTheta = 10_000, ropeWindowTheta = ropeTheta, contextLength } = model;
  const [theta, scaling] = isWindow ? [ropeWindowTheta] : [ropeTheta, model.ropeScaling];
  const columns = columnsOf(model);
  return {
    columns,
    frequencies: ropeFrequencies({ theta, columns, contextLength }, scaling),
    factor: ropeAttentionFactor(scaling),
  };
}

function columnsOf({ headDim, ropeShare = 1 }: RotaryModel): number {
  return Math.floor(headDim * ropeShare);
}

/**
 * Returns the cosines and sines of the angles of some positions, `[N, R]`: R / 2 of each. Angles are rounded
 * to 32 bits, as in Hugging Face.
 */
export function rotationAngles(
  { columns: R, frequencies, factor }: Rotation,
  positions: ArrayLike<number>,
): Float32Array {
  const angles = new Float32Array(positions.length * R);
  for (let row = 0; row < positions.length; row++) {
    for (let i = 0; i < R / 2; i++) {
      const angle = Math.fround(positions[row] * frequencies[i]);
      angles[row * R + i] = factor * Math.cos(angle);
      angles[row * R + R / 2 + i] = factor * Math.sin(angle);
    }
  }
  return angles;
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
