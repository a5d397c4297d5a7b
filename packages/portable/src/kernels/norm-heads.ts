import type { Attributes } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';
import type { KernelPair } from './kernel-pair.js';
import { normalizeByRms, rmsGradient, type Span } from './rms-rows.js';

/** Heads that are normalised together, and whose gain they have. */
interface HeadSpan extends Span {
  readonly isKey: boolean;
  /** Index among the spans of all rows. */
  readonly index: number;
}

/** Kernels of `NormHeads`; the residual is what each span was multiplied by beside its gain. */
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

/** The spans of all rows of qkv: each head of queries and keys by itself, or all of each. */
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
