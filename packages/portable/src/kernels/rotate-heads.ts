import type { Attributes } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';
import type { KernelPair } from './kernel-pair.js';

/** The heads of some rows that turn, and how many columns of each. */
interface Turn {
  readonly rows: number;
  readonly heads: number;
  readonly headDim: number;
  readonly turned: number;
  readonly direction: 1 | -1;
}

/** Kernels of `RotateHeads`; the gradient turns back. */
export function rotateHeadsKernels({ compute }: ArrayBackend): KernelPair {
  const rotated = (
    qkv: tf.Tensor,
    angles: tf.Tensor,
    attributes: Attributes,
    direction: 1 | -1,
  ): tf.Tensor[] => {
    const { heads, headDim } = attributes as Record<string, number>; // as the op describes them
    const [rows, turned = 0] = angles.shape;
    return compute([qkv, angles], [qkv.shape], (inputs, [to]) => {
      rotate(inputs, to, { rows, heads, headDim, turned, direction });
    });
  };
  return {
    forward: ({ qkv, angles }, attributes) => rotated(qkv, angles, attributes, 1),
    backward: ({ dy, angles }, attributes) => rotated(dy, angles, attributes, -1),
  };
}

function rotate(
  [from, angles]: readonly Numbers[],
  to: Float32Array,
  { rows, heads, headDim, turned, direction }: Turn,
): void {
  const [width, half] = [from.length / rows, turned / 2];
  to.set(from);
  for (let row = 0; row < rows; row++) {
    const cosines = row * turned;
    const sines = cosines + half;
    for (let head = 0; head < heads; head++) {
      const start = row * width + head * headDim;
      for (let i = 0; i < half; i++) {
        const [a, b] = [from[start + i], from[start + half + i]];
        const [c, s] = [angles[cosines + i], direction * angles[sines + i]];
        to[start + i] = a * c - b * s;
        to[start + half + i] = b * c + a * s;
      }
    }
  }
}
