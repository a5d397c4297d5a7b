import type { Attributes } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';

/** The sizes of one call: sequences, positions, heads, those of keys, and the width of a head. */
export interface AttentionSizes {
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly K: number;
  readonly D: number;
}

/** A single head of one sequence. */
export interface Head {
  /** Index of the sequence. */
  readonly b: number;
  /** First column of its queries in qkv, and of what it reads in `[B * T, H D]`. */
  readonly column: number;
  /** First columns of its keys and values in qkv, which other heads may read too. */
  readonly keyColumn: number;
  readonly valueColumn: number;
  /** Place of its part of a `[B, H, T, T]` tensor. */
  readonly place: number;
}

/** The sizes of an attention call. */
export function attentionSizes(qkv: tf.Tensor, attributes: Attributes): AttentionSizes {
  const { batch: B, nHead: H, nKvHead: K } = attributes as Record<string, number>; // as the op describes them
  return { B, T: qkv.shape[0] / B, H, K, D: (qkv.shape[1] ?? 0) / (H + 2 * K) };
}

/** The heads of all sequences. */
export function attentionHeads({ B, H, K, D }: AttentionSizes): Head[] {
  return Array.from({ length: B * H }, (_, place) => {
    const head = place % H;
    const keyHead = Math.floor((head * K) / H);
    return {
      b: Math.floor(place / H),
      column: head * D,
      keyColumn: (H + keyHead) * D,
      valueColumn: (H + K + keyHead) * D,
      place,
    };
  });
}

/**
 * The columns of a head from `column` on, for its sequence, `[T, D]`.
 *
 * @param x - `[B * T, width]`.
 */
export function takeColumns(
  { compute }: ArrayBackend,
  x: tf.Tensor,
  { T, D }: AttentionSizes,
  { b }: Head,
  column: number,
): tf.Tensor2D {
  const width = x.shape[1] ?? 0;
  const [taken] = compute([x], [[T, D]], ([from], [to]) => {
    for (let t = 0; t < T; t++) {
      const start = (b * T + t) * width + column;
      to.set(from.subarray(start, start + D), t * D);
    }
  });
  return taken as tf.Tensor2D; // [T, D]
}

/** Adds a head's `[T, D]` to columns of a matrix; the other way than `takeColumns`. */
export function addColumns(
  from: Numbers,
  to: Float32Array,
  width: number,
  { T, D }: AttentionSizes,
  { b }: Head,
  column: number,
): void {
  for (let t = 0; t < T; t++) {
    const start = (b * T + t) * width + column;
    for (let d = 0; d < D; d++) to[start + d] += from[t * D + d];
  }
}

/** A head's part of a `[B, H, T, T]` tensor. */
export function takeSquare(
  { compute }: ArrayBackend,
  x: tf.Tensor,
  { T }: AttentionSizes,
  { place }: Head,
): tf.Tensor2D {
  const [taken] = compute([x], [[T, T]], ([from], [to]) => {
    to.set(from.subarray(place * T * T, (place + 1) * T * T));
  });
  return taken as tf.Tensor2D; // [T, T]
}
