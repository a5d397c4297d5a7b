import type * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';
import type { KernelPair } from './kernel-pair.js';

type Shares = Readonly<Record<'targetShare' | 'otherShare' | 'entropy' | 'zLoss' | 'cap', number>>;

/** Kernels of `CrossEntropy`; the residuals after the losses are the logits and their log-sum-exp. */
export function crossEntropyKernels({ compute, product }: ArrayBackend): KernelPair {
  return {
    forward: ({ hidden, projection, targets, weights }, attributes) => {
      const shares = attributes as Shares; // as the op describes them
      const plain = product(hidden as tf.Tensor2D, projection as tf.Tensor2D, { b: true });
      const { cap } = shares;
      const [logits] =
        cap > 0
          ? compute([plain], [plain.shape], ([from], [to]) => {
              for (let i = 0; i < to.length; i++) to[i] = cap * Math.tanh(from[i] / cap);
            })
          : [plain];
      const rows = [targets.size];
      const [loss, perPosition, logSumExp] = compute(
        [logits, targets, weights],
        [[], rows, rows],
        (inputs, outputs) => losses(inputs, outputs, shares),
      );
      return [loss, perPosition, logits, logSumExp];
    },
    backward: (inputs, attributes) => {
      const { dy, hidden, projection, targets, weights } = inputs;
      const { residual1: logits, residual2: logSumExp } = inputs;
      const [dLogits] = compute(
        [dy, logits, logSumExp, targets, weights],
        [logits.shape],
        (numbers, [out]) => logitGradient(numbers, out, attributes as Shares), // as above
      );
      return [
        product(dLogits as tf.Tensor2D, projection as tf.Tensor2D),
        product(dLogits as tf.Tensor2D, hidden as tf.Tensor2D, { a: true }),
      ];
    },
  };
}

function losses(
  [logits, targets, weights]: readonly Numbers[],
  [loss, perPosition, logSumExp]: readonly Float32Array[],
  { targetShare, otherShare, entropy, zLoss }: Shares,
): void {
  const V = logits.length / targets.length;
  let total = 0;
  for (let n = 0; n < targets.length; n++) {
    const start = n * V;
    let highest = -Infinity;
    for (let v = 0; v < V; v++) if (logits[start + v] > highest) highest = logits[start + v];
    let [sumExp, sum] = [0, 0];
    for (let v = 0; v < V; v++) {
      sumExp += Math.exp(logits[start + v] - highest);
      sum += logits[start + v];
    }
    const logSum = highest + Math.log(sumExp);
    const wanted = (targetShare - otherShare) * logits[start + targets[n]] + otherShare * sum;
    logSumExp[n] = logSum;
    perPosition[n] = logSum - wanted - entropy + zLoss * logSum * logSum;
    total += perPosition[n] * weights[n];
  }
  loss[0] = total;
}

function logitGradient(
  [dy, logits, logSumExp, targets, weights]: readonly Numbers[],
  dLogits: Float32Array,
  { targetShare, otherShare, zLoss, cap }: Shares,
): void {
  const V = logits.length / targets.length;
  for (let n = 0; n < targets.length; n++) {
    const weight = dy[0] * weights[n];
    if (weight === 0) continue; // ignored, as padding is
    const start = n * V;
    const growth = 1 + 2 * zLoss * logSumExp[n];
    for (let v = 0; v < V; v++) {
      const probability = Math.exp(logits[start + v] - logSumExp[n]);
      dLogits[start + v] = weight * (growth * probability - otherShare);
    }
    dLogits[start + targets[n]] -= weight * (targetShare - otherShare);
    for (let v = 0; v < V && cap > 0; v++) dLogits[start + v] *= 1 - (logits[start + v] / cap) ** 2;
  }
}
