import type { Attributes, TensorKernel } from '@ramble/core/engine';
import type * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';

/**
 * Kernels of `FusedLinear`. With GELU, the residual, which is saved for the gradient, is GELU's derivative at each
 * sum, so that the gradient needs no second tanh.
 */
export function linearKernels({ compute, product }: ArrayBackend): KernelPair {
  return {
    forward: ({ x, weight, ...given }, { activation }) => {
      const { bias } = given as Partial<typeof given>; // optional input
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

/** Computes the sum of the rows of a matrix, one number per column, in double precision. */
function sumRows(x: Numbers, sums: Float32Array): void {
  const width = sums.length;
  const totals = new Float64Array(width);
  for (let row = 0; row < x.length; row += width) {
    for (let i = 0; i < width; i++) totals[i] += x[row + i];
  }
  sums.set(totals);
}

/**
 * Kernels of `Embedding`: copies rows, and sums gradients of rows. The time does not depend on the size of
 * the vocabulary.
 */
export function embeddingKernels({ compute }: ArrayBackend): KernelPair {
  return {
    forward: ({ table, ids }) => {
      const C = table.shape[1] ?? 0;
      return compute([table, ids], [[ids.size, C]], ([rows, wanted], [y]) => {
        for (let n = 0; n < wanted.length; n++) {
          y.set(rows.subarray(wanted[n] * C, (wanted[n] + 1) * C), n * C);
        }
      });
    },
    backward: ({ dy, ids }, { rows }) => {
      const C = dy.shape[1] ?? 0;
      return compute([dy, ids], [[rows as number, C]], ([dys, wanted], [dTable]) => {
        // rows is a number by type
        for (let n = 0; n < wanted.length; n++) {
          const to = wanted[n] * C;
          for (let c = 0; c < C; c++) dTable[to + c] += dys[n * C + c];
        }
      });
    },
  };
}

const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/**
 * Computes the tanh in GELU's tanh form. `1 - 2 / (exp(2u) + 1)` takes half the time of Math.tanh and is
 * exact at both ends.
 */
function geluTanh(x: number): number {
  return 1 - 2 / (Math.exp(2 * SCALE * x * (1 + CUBIC * (x * x))) + 1);
}

/** Computes GELU of x. `t` is `geluTanh(x)`. */
function gelu(x: number, t: number): number {
  return 0.5 * x * (1 + t);
}

/** Computes the derivative of GELU at x. `t` is `geluTanh(x)`. */
function geluSlope(x: number, t: number): number {
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SCALE * (1 + 3 * CUBIC * (x * x));
}

/** An activation and its derivative. */
interface Activation {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
}

const SILU: Activation = {
  value: (x) => x / (1 + Math.exp(-x)),
  slope: (x) => {
    const share = 1 / (1 + Math.exp(-x));
    return share + x * share * (1 - share);
  },
};

const GELU: Activation = {
  value: (x) => gelu(x, geluTanh(x)),
  slope: (x) => geluSlope(x, geluTanh(x)),
};

/** Kernels of `Gated`: the activation of the first half of each row times its second half. */
export function gatedKernels({ compute }: ArrayBackend): KernelPair {
  return {
    forward: ({ x }, attributes) => {
      const [N, width] = [x.shape[0], (x.shape[1] ?? 0) / 2];
      return compute([x], [[N, width]], ([xs], [ys]) => {
        gate(xs, ys, width, activationOf(attributes));
      });
    },
    backward: ({ dy, x }, attributes) => {
      const width = dy.shape[1] ?? 0;
      return compute([dy, x], [x.shape], (inputs, [dxs]) => {
        gateGradient(inputs, dxs, width, activationOf(attributes));
      });
    },
  };
}

function activationOf({ activation }: Attributes): Activation {
  return activation === 'gelu' ? GELU : SILU;
}

function gate(xs: Numbers, ys: Float32Array, width: number, { value }: Activation): void {
  for (let start = 0; start < ys.length; start += width) {
    for (let i = 0; i < width; i++) {
      const at = 2 * start + i;
      ys[start + i] = value(xs[at]) * xs[at + width];
    }
  }
}

function gateGradient(
  [dys, xs]: readonly Numbers[],
  dxs: Float32Array,
  width: number,
  { value, slope }: Activation,
): void {
  for (let start = 0; start < dys.length; start += width) {
    for (let i = 0; i < width; i++) {
      const [dy, at] = [dys[start + i], 2 * start + i];
      dxs[at] = dy * xs[at + width] * slope(xs[at]);
      dxs[at + width] = dy * value(xs[at]);
    }
  }
}

/** The kernel of an op and the kernel of its gradient, as the op in core describes them. */
export interface KernelPair {
  readonly forward: TensorKernel;
  readonly backward: TensorKernel;
}

/** Kernels of `RotateHeads`. The gradient rotates by the negative angles. */
export function rotateHeadsKernels({ compute }: ArrayBackend): KernelPair {
  const rotated = (
    qkv: tf.Tensor,
    angles: tf.Tensor,
    attributes: Attributes,
    direction: 1 | -1,
  ): tf.Tensor[] => {
    const { heads, headDim } = attributes as Record<string, number>; // as the op describes them
    const [rows, turned = 0] = angles.shape;
    return compute([qkv, angles], [qkv.shape], ([from, turns], [to]) => {
      const [width, half] = [from.length / rows, turned / 2];
      to.set(from);
      for (let row = 0; row < rows; row++) {
        const cosines = row * turned;
        const sines = cosines + half;
        for (let head = 0; head < heads; head++) {
          const start = row * width + head * headDim;
          for (let i = 0; i < half; i++) {
            const [a, b] = [from[start + i], from[start + half + i]];
            const [c, s] = [turns[cosines + i], direction * turns[sines + i]];
            to[start + i] = a * c - b * s;
            to[start + half + i] = b * c + a * s;
          }
        }
      }
    });
  };
  return {
    forward: ({ qkv, angles }, attributes) => rotated(qkv, angles, attributes, 1),
    backward: ({ dy, angles }, attributes) => rotated(dy, angles, attributes, -1),
  };
}
