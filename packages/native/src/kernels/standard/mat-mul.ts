import * as tf from '@tensorflow/tfjs-core';

import type { BinaryOperator, Comparison, UnaryFunction, Walk } from '../../addon/ops.gen.js';
import {
  areFloats,
  floatsOf,
  type KernelCall,
  repeatedStrides,
  sizeOf,
  type StandardKernel,
  walkOf,
} from '../kernel.js';

/** Kernel of `BatchMatMul`, for equal batches or one operand that a whole batch shares. */
export const batchMatMul: StandardKernel = {
  fits: ({ inputs: { a, b } }) => {
    const [batchA, batchB] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
    const isPlain = tf.util.arraysEqual(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return areFloats(a, b) && (isPlain || batchA === 1 || batchB === 1);
  },
  run: (call) => [multiply(call)],
};

/** Kernel of `_FusedMatMul`: a matrix product, a bias and ReLU. */
export const fusedMatMul: StandardKernel = {
  fits: (call) => {
    const { bias } = call.inputs as { bias?: tf.TensorInfo };
    const { activation } = call.attributes as { activation: string };
    const [columns] = call.inputs.b.shape.slice(call.attributes.transposeB ? -2 : -1);
    const isRow = !bias || (areFloats(bias) && tf.util.arraysEqual(bias.shape, [columns]));
    return batchMatMul.fits(call) && isRow && (activation === 'linear' || activation === 'relu');
  },
  run: (call) => {
    const { bias } = call.inputs as { bias?: tf.TensorInfo };
    const y = multiply(call, bias);
    if (call.attributes.activation === 'relu') {
      const numbers = call.backend.floats(y);
      call.addon.unary({ kind: 'rectified', count: numbers.length, x: numbers, y: numbers });
    }
    return [y];
  },
};

function multiply(
  { inputs: { a, b }, attributes, backend, addon }: KernelCall,
  bias?: tf.TensorInfo,
): tf.TensorInfo {
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
  addon.matMul({
    batch: sizeOf(outer),
    m,
    n,
    k,
    ...floatsOf(backend, { a, b, c: y }),
    transposeA,
    transposeB,
    bf16: false,
    aStep: sizeOf(outerA) === 1 ? 0 : m * k,
    bStep: sizeOf(outerB) === 1 ? 0 : k * n,
    bias: bias ? backend.floats(bias) : null,
    activated: null,
  });
  return y;
}

/** Makes a kernel that applies a function to each entry. */
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

/** Makes a kernel of an operator on two tensors, with broadcasting. */
export function binary(kind: BinaryOperator): StandardKernel {
  return {
    fits: ({ inputs: { a, b } }) => areFloats(a, b),
    run: ({ inputs: { a, b }, backend, addon }) => {
      const { shape, walk } = broadcast(a.shape, b.shape);
      const y = backend.output(shape);
      addon.binary({ kind, walk, ...floatsOf(backend, { a, b, y }) });
      return [y];
    },
  };
}

/** Makes a kernel of a comparison of two tensors, with broadcasting; `swapped` compares b with a. */
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

/** Kernel of `Select`: entries of `t` if the condition is true, else of `e`. All have one shape. */
export const select: StandardKernel = {
  fits: ({ inputs: { condition, t, e } }) =>
    areFloats(t, e) &&
    condition.dtype === 'bool' &&
    tf.util.arraysEqual(condition.shape, t.shape) &&
    tf.util.arraysEqual(e.shape, t.shape),
  run: ({ inputs: { condition, t, e }, backend, addon }) => {
    const y = backend.output(t.shape);
    const flags = backend.flags(condition);
    const count = sizeOf(t.shape);
    addon.select({ count, condition: flags, ...floatsOf(backend, { a: t, b: e, y }) });
    return [y];
  },
};

/**
 * Returns the shape to which two tensors are broadcast together, and the loop over both.
 *
 * @throws Error of tfjs, with both shapes, if they cannot be broadcast together.
 */
function broadcast(a: number[], b: number[]): { shape: number[]; walk: Walk } {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a, b);
  const [aStrides, bStrides] = [repeatedStrides(a, shape), repeatedStrides(b, shape)];
  const walk = walkOf(
    shape.map((size, axis) => ({ size, strides: [aStrides[axis], bStrides[axis]] })),
  );
  return { shape, walk };
}
