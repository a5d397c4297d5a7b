import * as tf from '@tensorflow/tfjs-core';

import {
  BINARY_OPERATORS,
  COMPARISONS,
  UNARY_FUNCTIONS,
  type WalkArguments,
} from '../../addon/addon-types.js';
import { areFloats, type StandardKernel } from './standard-kernel.js';
import { repeatedStrides, walkArguments } from './walk.js';

/** A function of each entry. */
export function unary(name: (typeof UNARY_FUNCTIONS)[number]): StandardKernel {
  const kind = UNARY_FUNCTIONS.indexOf(name);
  return {
    fits: ({ inputs: { x } }) => areFloats(x),
    run: ({ inputs: { x }, backend, addon }) => {
      const y = backend.output(x.shape);
      const numbers = backend.floats(x);
      addon.unary(kind, numbers.length, numbers, backend.floats(y));
      return [y];
    },
  };
}

/** An operator on two tensors, with broadcasting. */
export function binary(name: (typeof BINARY_OPERATORS)[number]): StandardKernel {
  const kind = BINARY_OPERATORS.indexOf(name);
  return {
    fits: ({ inputs: { a, b } }) => areFloats(a, b),
    run: ({ inputs: { a, b }, backend, addon }) => {
      const { shape, walk } = broadcast(a.shape, b.shape);
      const y = backend.output(shape);
      addon.binary(kind, ...walk, backend.floats(a), backend.floats(b), backend.floats(y));
      return [y];
    },
  };
}

/** A comparison of two tensors, with broadcasting; `swapped` compares b with a. */
export function compare(
  name: (typeof COMPARISONS)[number],
  { swapped = false } = {},
): StandardKernel {
  const kind = COMPARISONS.indexOf(name);
  return {
    fits: ({ inputs: { a, b } }) => areFloats(a, b),
    run: ({ inputs, backend, addon }) => {
      const [a, b] = swapped ? [inputs.b, inputs.a] : [inputs.a, inputs.b];
      const { shape, walk } = broadcast(a.shape, b.shape);
      const flags = new Uint8Array(tf.util.sizeFromShape(shape));
      addon.compare(kind, ...walk, backend.floats(a), backend.floats(b), flags);
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
    const [a, b] = [backend.floats(t), backend.floats(e)];
    addon.select(a.length, backend.flags(condition), a, b, backend.floats(y));
    return [y];
  },
};

/** @throws Error of tfjs, with both shapes, when they do not fit together. */
function broadcast(a: number[], b: number[]): { shape: number[]; walk: WalkArguments } {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a, b);
  const [aStrides, bStrides] = [repeatedStrides(a, shape), repeatedStrides(b, shape)];
  const walk = walkArguments(
    shape.map((size, axis) => ({ size, strides: [aStrides[axis], bStrides[axis]] })),
  );
  return { shape, walk };
}
