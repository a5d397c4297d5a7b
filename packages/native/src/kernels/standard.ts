import * as tf from '@tensorflow/tfjs-core';

import { BINARY_OPERATORS } from '../addon/addon-types.js';
import type { Kernel, KernelCall } from './kernel.js';

/** A kernel of tfjs's own, for the calls that it fits. */
export interface StandardKernel {
  /** Whether the addon computes this call; tfjs's cpu kernel computes the others. */
  readonly fits: (call: KernelCall) => boolean;
  readonly run: Kernel;
}

/** An operator on two float tensors of one shape. */
export function binary(operator: (typeof BINARY_OPERATORS)[number]): StandardKernel {
  const place = BINARY_OPERATORS.indexOf(operator);
  return {
    fits: ({ inputs: { a, b } }) =>
      a.dtype === 'float32' && b.dtype === 'float32' && tf.util.arraysEqual(a.shape, b.shape),
    run: ({ inputs: { a, b }, backend, addon }) => {
      const y = backend.output(a.shape);
      const numbers = backend.floats(a);
      addon.binary(place, numbers.length, numbers, backend.floats(b), backend.floats(y));
      return [y];
    },
  };
}

/** `BatchMatMul`, where both batches are equal or one operand serves a whole batch. */
export const matMul: StandardKernel = {
  fits: ({ inputs: { a, b } }) => {
    const [batchA, batchB] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
    const isFloat = a.dtype === 'float32' && b.dtype === 'float32';
    const isPlain = tf.util.arraysEqual(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return (
      isFloat && sizeOf(a.shape) * sizeOf(b.shape) > 0 && (isPlain || batchA === 1 || batchB === 1)
    );
  },
  run: ({ inputs: { a, b }, attributes, backend, addon }) => {
    const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
    const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    const [rowsA, colsA] = a.shape.slice(-2);
    const [rowsB, colsB] = b.shape.slice(-2);
    const [m, k] = transposeA ? [colsA, rowsA] : [rowsA, colsA];
    const [inner, n] = transposeB ? [colsB, rowsB] : [rowsB, colsB];
    if (k !== inner) {
      throw new RangeError(
        `matMul: expected inner sizes that agree, got [${a.shape.join(',')}] and [${b.shape.join(',')}]`,
      );
    }
    const outer = tf.broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
    const y = backend.output([...outer, m, n]);
    addon.matMul(
      backend.floats(a),
      backend.floats(b),
      backend.floats(y),
      sizeOf(outer),
      m,
      n,
      k,
      transposeA,
      transposeB,
      sizeOf(outerA) === 1 ? 0 : m * k,
      sizeOf(outerB) === 1 ? 0 : k * n,
      null,
      null,
    );
    return [y];
  },
};

/** `Softmax` of the last axis. */
export const softmax: StandardKernel = {
  fits: ({ inputs: { logits }, attributes }) => {
    const { dim } = attributes as { dim: number };
    const last = logits.shape.length - 1;
    return logits.dtype === 'float32' && (dim === last || dim === -1) && sizeOf(logits.shape) > 0;
  },
  run: ({ inputs: { logits }, backend, addon }) => {
    const y = backend.output(logits.shape);
    const width = logits.shape.at(-1) ?? 1;
    const numbers = backend.floats(logits);
    addon.softmax(numbers.length / width, width, numbers, backend.floats(y));
    return [y];
  },
};

function sizeOf(shape: number[]): number {
  return tf.util.sizeFromShape(shape);
}
