import * as tf from '@tensorflow/tfjs-core';

import type { BinaryOperator, Comparison, UnaryFunction, Walk } from '../../addon/ops.gen.js';
import { areFloats, sizeOf, type StandardKernel } from './standard-kernel.js';
import { repeatedStrides, walkOf } from './walk.js';

/** A function of each entry. */
export function unary(kind: UnaryFunction): StandardKernel {
  return {
    fits: ({ inputs: { x } }) => areFloats(x),
    run: ({ inputs: { x }, backend, addon }) => {
      const y = backend.output(x.shape);
      const numbers = backend.floats(x);
      addon.unary({ kind, count: numbers.length, x: numbers, y: backend.floats(y) });
      return [y];
    },
  };
}

/** An operator on two tensors, with broadcasting. */
export function binary(kind: BinaryOperator): StandardKernel {
  return {
    fits: ({ inputs: { a, b } }) => areFloats(a, b),
    run: ({ inputs: { a, b }, backend, addon }) => {
      const { shape, walk } = broadcast(a.shape, b.shape);
      const y = backend.output(shape);
      const [from, by] = [backend.floats(a), backend.floats(b)];
      addon.binary({ kind, walk, a: from, b: by, y: backend.floats(y) });
      return [y];
    },
  };
}

/** A comparison of two tensors, with broadcasting; `swapped` compares b with a. */
export function compare(kind: Comparison, { swapped = false } = {}): StandardKernel {
  return {
    fits: ({ inputs: { a, b } }) => areFloats(a, b),
    run: ({ inputs, backend, addon }) => {
      const [a, b] = swapped ? [inputs.b, inputs.a] : [inputs.a, inputs.b];
      const { shape, walk } = broadcast(a.shape, b.shape);
      const flags = new Uint8Array(tf.util.sizeFromShape(shape));
      addon.compare({ kind, walk, a: backend.floats(a), b: backend.floats(b), y: flags });
      return [backend.makeTensorInfo(shape, 'bool', flags)];
    },
  };
}

/** `Select`: entries of `t` where the condition holds, of `e` elsewhere; all of one shape. */
export const select: StandardKernel = {
  fits: ({ inputs: { condition, t, e } }) =>
    areFloats(t, e) &&
    condition.dtype === 'bool' &&
    tf.util.arraysEqual(condition.shape, t.shape) &&
    tf.util.arraysEqual(e.shape, t.shape),
  run: ({ inputs: { condition, t, e }, backend, addon }) => {
    const y = backend.output(t.shape);
    addon.select({
      count: sizeOf(t.shape),
      condition: backend.flags(condition),
      a: backend.floats(t),
      b: backend.floats(e),
      y: backend.floats(y),
    });
    return [y];
  },
};

/** @throws Error of tfjs, with both shapes, when they do not fit together. */
function broadcast(a: number[], b: number[]): { shape: number[]; walk: Walk } {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a, b);
  const [aStrides, bStrides] = [repeatedStrides(a, shape), repeatedStrides(b, shape)];
  const walk = walkOf(
    shape.map((size, axis) => ({ size, strides: [aStrides[axis], bStrides[axis]] })),
  );
  return { shape, walk };
}
