import type { Attributes } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';

/** The sizes of one call: sequences, positions, heads, and the width of a head. */
export interface AttentionSizes {
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly D: number;
}

/** A single head of one sequence. */
export interface Head {
  /** Index of the sequence. */
  readonly b: number;
  /** First column of its part of a `[B * T, C]` matrix. */
  readonly column: number;
  /** Place of its part of a `[B, H, T, T]` tensor. */
  readonly place: number;
}

/** The sizes B, T, H and D of an attention call. */
export function attentionSizes(qkv: tf.Tensor, { batch, nHead }: Attributes): AttentionSizes {
  const [B, H] = [batch as number, nHead as number]; // as the op describes them
  return { B, T: qkv.shape[0] / B, H, D: (qkv.shape[1] ?? 0) / (3 * H) };
}

/** The heads of all sequences. */
export function attentionHeads({ B, H, D }: AttentionSizes): Head[] {
  return Array.from({ length: B * H }, (_, place) => ({
    b: Math.floor(place / H),
    column: (place % H) * D,
    place,
  }));
}

/**
 * A head's columns of a matrix, `[T, D]`.
 *
 * @param x - `[B * T, width]`.
 * @param offset - Where its kind of columns begins: of the queries, the keys, the values.
 */
export function takeColumns(
  { compute }: ArrayBackend,
  x: tf.Tensor,
  { T, D }: AttentionSizes,
  { b, column }: Head,
  offset: number,
): tf.Tensor2D {
  const width = x.shape[1] ?? 0;
  const [taken] = compute([x], [[T, D]], ([from], [to]) => {
    for (let t = 0; t < T; t++) {
      const start = (b * T + t) * width + offset + column;
      to.set(from.subarray(start, start + D), t * D);
    }
  });
  return taken as tf.Tensor2D; // [T, D]
}

/** Puts a head's `[T, D]` into its columns of a matrix; the other way than `takeColumns`. */
export function putColumns(
  from: Numbers,
  to: Float32Array,
  width: number,
  { T, D }: AttentionSizes,
  { b, column }: Head,
  offset: number,
): void {
  for (let t = 0; t < T; t++) {
    to.set(from.subarray(t * D, (t + 1) * D), (b * T + t) * width + offset + column);
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
