import type * as tf from '@tensorflow/tfjs-core';

import { sizeOf, type StandardKernel } from './standard-kernel.js';

/** `Fill` with one number. */
export const fill: StandardKernel = {
  fits: ({ attributes }) => attributes.dtype === 'float32',
  run: ({ attributes, backend }) => {
    const { shape, value } = attributes as { shape: number[]; value: number };
    const y = backend.output(shape);
    backend.floats(y).fill(value);
    return [y];
  },
};

/** `ZerosLike` and `OnesLike`. */
export function fillLike(value: number): StandardKernel {
  return {
    fits: ({ inputs: { x } }) => x.dtype === 'float32',
    run: ({ inputs: { x }, backend }) => {
      const y = backend.output(x.shape);
      backend.floats(y).fill(value);
      return [y];
    },
  };
}

/** The kernel of `OneHot`. */
export const oneHot: StandardKernel = {
  fits: ({ inputs: { indices }, attributes }) =>
    indices.dtype === 'int32' && attributes.dtype === 'float32',
  run: ({ inputs: { indices }, attributes, backend }) => {
    const { depth, onValue, offValue } = attributes as Record<string, number>; // of OneHot
    const y = backend.output([...indices.shape, depth]);
    const numbers = backend.floats(y).fill(offValue);
    backend.integers(indices).forEach((id, row) => {
      if (id >= 0 && id < depth) numbers[row * depth + id] = onValue;
    });
    return [y];
  },
};

/** `Cast` between numbers, and from flags to floats. */
export const cast: StandardKernel = {
  fits: ({ inputs: { x }, attributes }) => {
    const to = (attributes as { dtype: tf.DataType }).dtype;
    const isNumber = x.dtype === 'float32' || x.dtype === 'int32';
    return to === 'float32' ? isNumber || x.dtype === 'bool' : to === 'int32' && isNumber;
  },
  run: ({ inputs: { x }, attributes, backend }) => {
    const { dtype } = attributes as { dtype: tf.DataType };
    if (x.dtype === dtype) return [backend.share(x)];
    const y = backend.outputOf(x.shape, dtype);
    backend.words(y).set(backend.numbers(x).subarray(0, sizeOf(x.shape))); // -3.7 becomes -3, NaN 0
    return [y];
  },
};
