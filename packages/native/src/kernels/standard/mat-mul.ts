import * as tf from '@tensorflow/tfjs-core';

import type { KernelCall } from '../kernel.js';
import { areFloats, sizeOf, type StandardKernel } from './standard-kernel.js';

/** `BatchMatMul`, where both batches are equal or one operand serves a whole batch. */
export const batchMatMul: StandardKernel = {
  fits: ({ inputs: { a, b } }) => {
    const [batchA, batchB] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
    const isPlain = tf.util.arraysEqual(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return areFloats(a, b) && (isPlain || batchA === 1 || batchB === 1);
  },
  run: (call) => [multiply(call)],
};

/** `_FusedMatMul`: a matrix product, a bias and ReLU. */
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
    a: backend.floats(a),
    b: backend.floats(b),
    transposeA,
    transposeB,
    aStep: sizeOf(outerA) === 1 ? 0 : m * k,
    bStep: sizeOf(outerB) === 1 ? 0 : k * n,
    bias: bias ? backend.floats(bias) : null,
    c: backend.floats(y),
    activated: null,
  });
  return y;
}
