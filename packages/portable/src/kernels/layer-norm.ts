import type { ArrayBackend, Numbers } from '../array-backend.js';
import type { KernelPair } from './kernel-pair.js';

/** Kernels of `LayerNorm`; the residuals are each row's mean and inverse deviation. */
export function layerNormKernels({ compute }: ArrayBackend): KernelPair {
  return {
    forward: ({ x, gain, bias }, { eps }) => {
      const rows = [x.shape[0]];
      return compute(
        [x, gain, bias],
        [x.shape, rows, rows],
        ([xs, gains, biases], outputs) => normalize(xs, gains, biases, eps as number, outputs), // eps is a number by type
      );
    },
    backward: ({ dy, x, gain, residual0: mean, residual1: inverseDeviation }) =>
      compute(
        [dy, x, gain, mean, inverseDeviation],
        [x.shape, gain.shape, gain.shape],
        (inputs, outputs) => normalizeGradient(inputs, outputs),
      ),
  };
}

function normalize(
  xs: Numbers,
  gains: Numbers,
  biases: Numbers,
  eps: number,
  [ys, means, inverseDeviations]: readonly Float32Array[],
): void {
  const C = gains.length;
  for (let row = 0; row < means.length; row++) {
    const start = row * C;
    let mean = 0;
    for (let c = 0; c < C; c++) mean += xs[start + c];
    mean /= C;
    let variance = 0;
    for (let c = 0; c < C; c++) variance += (xs[start + c] - mean) ** 2;
    const inverse = 1 / Math.sqrt(variance / C + eps);
    for (let c = 0; c < C; c++) {
      ys[start + c] = (xs[start + c] - mean) * inverse * gains[c] + biases[c];
    }
    means[row] = mean;
    inverseDeviations[row] = inverse;
  }
}

function normalizeGradient(
  [dys, xs, gains, means, inverseDeviations]: readonly Numbers[],
  [dxs, dGains, dBiases]: readonly Float32Array[],
): void {
  const C = gains.length;
  const [gainSums, biasSums] = [new Float64Array(C), new Float64Array(C)];
  for (let row = 0; row < means.length; row++) {
    const start = row * C;
    const mean = means[row];
    const inverse = inverseDeviations[row];
    let [sum, sumAlong] = [0, 0];
    for (let c = 0; c < C; c++) {
      const dy = dys[start + c];
      const normal = (xs[start + c] - mean) * inverse;
      gainSums[c] += dy * normal;
      biasSums[c] += dy;
      sum += dy * gains[c];
      sumAlong += dy * gains[c] * normal;
    }
    for (let c = 0; c < C; c++) {
      const normal = (xs[start + c] - mean) * inverse;
      dxs[start + c] = (dys[start + c] * gains[c] - sum / C - (normal * sumAlong) / C) * inverse;
    }
  }
  dGains.set(gainSums);
  dBiases.set(biasSums);
}
