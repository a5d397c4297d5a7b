import type { Attributes } from '@ramble/core/engine';
import type * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';
import type { KernelPair } from './dense.js';

/**
 * Kernels of `LayerNorm`. The residuals, which are saved for the gradient, are each row's mean and inverse standard
 * deviation.
 */
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

/**
 * Kernels of `RmsNorm`. The residual, which is saved for the gradient, is each row's factor
 * `1 / sqrt(mean(x^2) + eps)`.
 */
export function rmsNormKernels({ compute }: ArrayBackend): KernelPair {
  return {
    forward: ({ x, gain }, { eps }) =>
      compute([x, gain], [x.shape, [x.shape[0]]], ([xs, gains], [ys, inverses]) => {
        const width = gains.length;
        for (let row = 0; row < inverses.length; row++) {
          const span = { start: row * width, width };
          inverses[row] = normalizeByRms(xs, gains, eps as number, ys, span); // eps is a number by type
        }
      }),
    backward: ({ dy, x, gain, residual0: inverse }) =>
      compute([dy, x, gain, inverse], [x.shape, gain.shape], (inputs, [dxs, dGains]) => {
        const width = dGains.length;
        const sums = new Float64Array(width);
        const [, , , inverses] = inputs;
        for (let row = 0; row < inverses.length; row++) {
          rmsGradient(inputs, inverses[row], dxs, sums, { start: row * width, width });
        }
        dGains.set(sums);
      }),
  };
}

/** Numbers that are normalized together: a row, or heads of a row. */
interface Span {
  /** Index of the span's first number. */
  readonly start: number;
  readonly width: number;
}

/**
 * Computes the RMS norm of a span, `x / sqrt(mean(x^2) + eps) * gain`.
 *
 * @returns the factor `1 / sqrt(mean(x^2) + eps)`.
 */
function normalizeByRms(
  xs: Numbers,
  gains: Numbers,
  eps: number,
  ys: Float32Array,
  { start, width }: Span,
): number {
  let squares = 0;
  for (let i = 0; i < width; i++) squares += xs[start + i] ** 2;
  const inverse = 1 / Math.sqrt(squares / width + eps);
  for (let i = 0; i < width; i++) ys[start + i] = xs[start + i] * inverse * gains[i];
  return inverse;
}

/** Computes the gradient of `normalizeByRms`: writes the gradient of x and adds the gradient of the gain. */
function rmsGradient(
  [dys, xs, gains]: readonly Numbers[],
  inverse: number,
  dxs: Float32Array,
  gainSums: Float64Array,
  { start, width }: Span,
): void {
  let along = 0;
  for (let i = 0; i < width; i++) {
    const [dy, normal] = [dys[start + i], xs[start + i] * inverse];
    gainSums[i] += dy * normal;
    along += dy * gains[i] * normal;
  }
  for (let i = 0; i < width; i++) {
    const normal = xs[start + i] * inverse;
    dxs[start + i] = (dys[start + i] * gains[i] - (normal * along) / width) * inverse;
  }
}

/** Heads of a row that are normalized together, with the gain of queries or of keys. */
interface HeadSpan extends Span {
  readonly isKey: boolean;
  /** Index of the span among the spans of all rows. */
  readonly index: number;
}

/**
 * Kernels of `NormHeads`. The residual, which is saved for the gradient, is each span's factor
 * `1 / sqrt(mean(x^2) + eps)`.
 */
export function normHeadsKernels({ compute }: ArrayBackend): KernelPair {
  return {
    forward: ({ qkv, queryGain, keyGain }, attributes) => {
      const spans = headSpans(qkv, attributes);
      const eps = attributes.eps as number; // a number by type
      return compute(
        [qkv, queryGain, keyGain],
        [qkv.shape, [spans.length]],
        ([from, queryGains, keyGains], [to, inverses]) => {
          to.set(from);
          for (const span of spans) {
            const gains = span.isKey ? keyGains : queryGains;
            inverses[span.index] = normalizeByRms(from, gains, eps, to, span);
          }
        },
      );
    },
    backward: ({ dy, qkv, queryGain, keyGain, residual0: inverse }, attributes) => {
      const spans = headSpans(qkv, attributes);
      return compute(
        [dy, qkv, queryGain, keyGain, inverse],
        [qkv.shape, queryGain.shape, keyGain.shape],
        (inputs, outputs) => gradients(inputs, outputs, spans),
      );
    },
  };
}

function gradients(
  [dys, from, queryGains, keyGains, inverses]: readonly Numbers[],
  [dqkv, dQueryGains, dKeyGains]: readonly Float32Array[],
  spans: readonly HeadSpan[],
): void {
  dqkv.set(dys);
  const querySums = new Float64Array(dQueryGains.length);
  const keySums = new Float64Array(dKeyGains.length);
  for (const span of spans) {
    const [gains, sums] = span.isKey ? [keyGains, keySums] : [queryGains, querySums];
    rmsGradient([dys, from, gains], inverses[span.index], dqkv, sums, span);
  }
  dQueryGains.set(querySums);
  dKeyGains.set(keySums);
}

/** Returns the spans of all rows of qkv: each head of queries and keys, or all queries and all keys of a row. */
function headSpans(qkv: tf.Tensor, attributes: Attributes): HeadSpan[] {
  const { nHead: H, nKvHead: K, headDim: D } = attributes as Record<string, number>; // as the op describes them
  const ofRow =
    attributes.span === 'all'
      ? [
          { at: 0, width: H * D, isKey: false },
          { at: H * D, width: K * D, isKey: true },
        ]
      : Array.from({ length: H + K }, (_, head) => ({ at: head * D, width: D, isKey: head >= H }));
  const [rows, columns = 0] = qkv.shape;
  return Array.from({ length: rows }, (_, row) =>
    ofRow.map(({ at, width, isKey }, i) => {
      return { start: row * columns + at, width, isKey, index: row * ofRow.length + i };
    }),
  ).flat();
}
