import type * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';
import { gelu, geluSlope, geluTanh } from './gelu.js';
import type { KernelPair } from './kernel-pair.js';

/**
 * Kernels of `FusedLinear`. With GELU, the residual is its slope at each sum, so that the gradient
 * needs no second tanh.
 */
export function linearKernels({ compute, product }: ArrayBackend): KernelPair {
  return {
    forward: ({ x, weight, ...given }, { activation }) => {
      const { bias } = given as Partial<typeof given>; // where the layer has one
      const sum = product(x as tf.Tensor2D, weight as tf.Tensor2D); // [N, O]
      if (activation === 'gelu') {
        const inputs = bias ? [sum, bias] : [sum];
        return compute(
          inputs,
          [sum.shape, sum.shape],
          ([sums, biases = new Float32Array(weight.shape[1] ?? 0)], [y, slope]) =>
            biasGelu(sums, biases, y, slope),
        );
      }
      if (!bias) return [sum];
      return compute([sum, bias], [sum.shape], ([sums, biases], [y]) => addBias(sums, biases, y));
    },
    backward: ({ dy, x, weight, residual0: slope }, { activation, hasBias }) => {
      const [dSum] =
        activation === 'gelu'
          ? compute([dy, slope], [dy.shape], ([dys, slopes], [dSums]) => {
              for (let i = 0; i < dys.length; i++) dSums[i] = dys[i] * slopes[i];
            })
          : [dy];
      const gradients = [
        product(dSum as tf.Tensor2D, weight as tf.Tensor2D, { b: true }),
        product(x as tf.Tensor2D, dSum as tf.Tensor2D, { a: true }),
      ];
      if (!hasBias) return gradients;
      const [dBias] = compute([dSum], [[dy.shape[1] ?? 0]], ([dSums], [dBiases]) =>
        sumRows(dSums, dBiases),
      );
      return [...gradients, dBias];
    },
  };
}

function addBias(sums: Numbers, biases: Numbers, y: Float32Array): void {
  const width = biases.length;
  for (let row = 0; row < sums.length; row += width) {
    for (let i = 0; i < width; i++) y[row + i] = sums[row + i] + biases[i];
  }
}

function biasGelu(sums: Numbers, biases: Numbers, y: Float32Array, slope: Float32Array): void {
  const width = biases.length;
  for (let row = 0; row < sums.length; row += width) {
    for (let i = 0; i < width; i++) {
      const x = sums[row + i] + biases[i];
      const t = geluTanh(x);
      y[row + i] = gelu(x, t);
      slope[row + i] = geluSlope(x, t);
    }
  }
}

/** Adds up rows, in double precision. */
function sumRows(x: Numbers, sums: Float32Array): void {
  const width = sums.length;
  const totals = new Float64Array(width);
  for (let row = 0; row < x.length; row += width) {
    for (let i = 0; i < width; i++) totals[i] += x[row + i];
  }
  sums.set(totals);
}
