import * as tf from '@tensorflow/tfjs-core';

import type { Reduction } from '../../addon/ops.gen.js';
import {
  areFloats,
  expectIntegers,
  type KernelCall,
  sizeOf,
  type StandardKernel,
} from '../kernel.js';
import { concat, slice, tile, transpose } from './copy.js';
import { batchMatMul, binary, compare, fusedMatMul, select, unary } from './mat-mul.js';

/** Kernel of `Fill`, for float32 tensors. */
const fill: StandardKernel = {
  fits: ({ attributes }) => attributes.dtype === 'float32',
  run: ({ attributes, backend }) => {
    const { shape, value } = attributes as { shape: number[]; value: number };
    const y = backend.output(shape);
    backend.floats(y).fill(value);
    return [y];
  },
};

/** Makes the kernel of `ZerosLike` or `OnesLike`. */
function fillLike(value: number): StandardKernel {
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
const oneHot: StandardKernel = {
  fits: ({ inputs: { indices }, attributes }) =>
    indices.dtype === 'int32' && attributes.dtype === 'float32',
  run: ({ inputs: { indices }, attributes, backend }) => {
    const { depth, onValue, offValue } = attributes as Record<string, number>; // attributes of OneHot
    const y = backend.output([...indices.shape, depth]);
    const numbers = backend.floats(y).fill(offValue);
    backend.integers(indices).forEach((id, row) => {
      if (id >= 0 && id < depth) numbers[row * depth + id] = onValue;
    });
    return [y];
  },
};

/** Kernel of `Cast` between numbers, and from booleans to floats. */
const cast: StandardKernel = {
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

/** Kernel of `GatherV2` along the first axis. */
const gather: StandardKernel = {
  fits: ({ inputs: { x, indices }, attributes: { axis, batchDims } }) =>
    areFloats(x) && indices.dtype === 'int32' && axis === 0 && batchDims === 0,
  run: ({ inputs: { x, indices }, backend, addon }) => {
    const [rows, ...rest] = x.shape;
    const y = backend.output([...indices.shape, ...rest]);
    const [table, ids, numbers] = [backend.floats(x), backend.integers(indices), backend.floats(y)];
    expectIntegers('indices', ids, rows);
    addon.gather({ count: ids.length, width: table.length / rows, ids, table, y: numbers });
    return [y];
  },
};

/** Makes a kernel of a reduction of adjacent axes. With `isMean`, it divides by the number of reduced entries. */
function reduce(kind: Reduction, { isMean = false } = {}): StandardKernel {
  return {
    fits: (call) => {
      const axes = axesOf(call);
      return (
        areFloats(call.inputs.x) &&
        axes.length > 0 &&
        axes.every((axis, i) => i === 0 || axis === axes[i - 1] + 1)
      );
    },
    run: (call) => {
      const { inputs, attributes, backend, addon } = call;
      const { shape } = inputs.x;
      const axes = axesOf(call);
      const [first, end] = [axes[0], axes[axes.length - 1] + 1];
      const length = sizeOf(shape.slice(first, end));
      const kept = attributes.keepDims ? axes.map(() => 1) : [];
      const y = backend.output([...shape.slice(0, first), ...kept, ...shape.slice(end)]);
      addon.reduce({
        kind,
        outer: sizeOf(shape.slice(0, first)),
        length,
        inner: sizeOf(shape.slice(end)),
        factor: isMean ? 1 / length : 1,
        x: backend.floats(inputs.x),
        y: backend.floats(y),
      });
      return [y];
    },
  };
}

/** Returns the axes to reduce, in ascending order. */
function axesOf({ inputs: { x }, attributes }: KernelCall): number[] {
  // Sum and Mean have the attribute axis, and Max and Min have reductionIndices. Without it, all axes are
  // reduced.
  type Axes = Partial<Record<'axis' | 'reductionIndices', number | number[] | null>>;
  const { axis, reductionIndices = axis } = attributes as Axes;
  const axes = tf.util.parseAxisParam(reductionIndices ?? x.shape.map((_, i) => i), x.shape);
  return axes.sort((a, b) => a - b);
}

/** Kernel of `Softmax` along the last axis. */
const softmax: StandardKernel = {
  fits: ({ inputs: { logits }, attributes }) => {
    const { dim } = attributes as { dim: number };
    const last = logits.shape.length - 1;
    return areFloats(logits) && (dim === last || dim === -1);
  },
  run: ({ inputs: { logits }, backend, addon }) => {
    const y = backend.output(logits.shape);
    const width = logits.shape.at(-1) ?? 1;
    const numbers = backend.floats(logits);
    addon.softmax({ rows: numbers.length / width, width, x: numbers, y: backend.floats(y) });
    return [y];
  },
};

/** Native kernels for tfjs's ops outside of core on which models spend time, by the name of the op. */
export const STANDARD_KERNELS: Readonly<Record<string, StandardKernel>> = {
  Abs: unary('absolute'),
  Add: binary('add'),
  BatchMatMul: batchMatMul,
  Cast: cast,
  Concat: concat,
  Equal: compare('equal'),
  Exp: unary('exponential'),
  Fill: fill,
  GatherV2: gather,
  Greater: compare('greater'),
  GreaterEqual: compare('greaterEqual'),
  Less: compare('greater', { swapped: true }),
  LessEqual: compare('greaterEqual', { swapped: true }),
  Max: reduce('largest'),
  Maximum: binary('maximum'),
  Mean: reduce('sum', { isMean: true }),
  Min: reduce('smallest'),
  Minimum: binary('minimum'),
  Multiply: binary('multiply'),
  Neg: unary('negate'),
  NotEqual: compare('notEqual'),
  OneHot: oneHot,
  OnesLike: fillLike(1),
  RealDiv: binary('divide'),
  Reciprocal: unary('reciprocal'),
  Relu: unary('rectified'),
  Rsqrt: unary('reciprocalRoot'),
  Select: select,
  Sigmoid: unary('logistic'),
  Slice: slice,
  Softmax: softmax,
  Sqrt: unary('squareRoot'),
  Square: unary('square'),
  SquaredDifference: binary('squaredDifference'),
  Sub: binary('subtract'),
  Sum: reduce('sum'),
  Tanh: unary('hyperbolicTangent'),
  Tile: tile,
  Transpose: transpose,
  ZerosLike: fillLike(0),
  _FusedMatMul: fusedMatMul,
};
