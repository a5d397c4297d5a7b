import {
  type Attributes,
  describedMask,
  dropoutFactors,
  dropoutOf,
  type TensorKernel,
} from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from '../array-backend.js';
import { type ScoreSettings, softmaxRows, softmaxRowsGradient } from './cross-entropy.js';
import type { KernelPair } from './dense.js';

/**
 * Kernels of `Attention`, head by head as products of two matrices, which backends compute fastest. The residuals,
 * which are saved for the gradient, are the weights after the softmax and, with dropout, the factors of dropout.
 */
export function attentionKernels(backend: ArrayBackend): KernelPair {
  return { forward: attend(backend), backward: attendGradient(backend) };
}

function attend(backend: ArrayBackend): TensorKernel {
  const { compute, product } = backend;
  return ({ qkv, prefixLengths, lengths }, attributes) => {
    const sizes = attentionSizes(qkv, attributes);
    const { B, T, H, D } = sizes;
    const C = H * D;
    const { visibility, isPadded } = attributes;
    const prefixes =
      visibility === 'prefix' ? prefixLengths.dataSync<'int32'>() : new Int32Array(B);
    const ends = isPadded ? lengths.dataSync<'int32'>() : new Int32Array(B).fill(T);
    const factors = factorsOf(sizes, attributes);
    const mask = describedMask(attributes);
    const first = (t: number): number => mask.first(t);
    const readHead = (head: Head): tf.Tensor[] =>
      tf.tidy(() => {
        const [q, k, v] = queryKeyValue(backend, qkv, sizes, head);
        const scores = product(q, k, { b: true });
        const prefixLength = prefixes[head.b];
        const seen = { count: T, length: ends[head.b], prefixLength, first };
        const [weights] = compute([scores], [[T, T]], ([from], [to]) =>
          softmaxRows(from, to, scoresOf(attributes), seen),
        );
        return [product(dropped(backend, weights, factors, sizes, head), v), weights];
      });
    const heads = attentionHeads(sizes);
    const parts = heads.flatMap(readHead);
    const [read, weights] = compute(
      parts,
      [
        [B * T, C],
        [B, H, T, T],
      ],
      (from, [reads, squares]) => {
        for (const head of heads) {
          addColumns(from[2 * head.place], reads, C, sizes, head, head.column);
          squares.set(from[2 * head.place + 1], head.place * T * T);
        }
      },
    );
    return factors ? [read, weights, factors] : [read, weights];
  };
}

function attendGradient(backend: ArrayBackend): TensorKernel {
  const { compute, product } = backend;
  return ({ dy, qkv, residual0: weights, residual1 }, attributes) => {
    const sizes = attentionSizes(qkv, attributes);
    const { T } = sizes;
    const given = scoresOf(attributes);
    const factors = attributes.rate === 0 ? undefined : residual1;
    const gradientsOf = (head: Head): tf.Tensor[] =>
      tf.tidy(() => {
        const [q, k, v] = queryKeyValue(backend, qkv, sizes, head);
        const dRead = takeColumns(backend, dy, sizes, head, head.column);
        const ownWeights = takeSquare(backend, weights, sizes, head);
        const dKept = product(dRead, v, { b: true });
        const dWeights = dropped(backend, dKept, factors, sizes, head);
        const scores = given.cap > 0 ? product(q, k, { b: true }) : ownWeights; // read only with a cap
        const [dScores] = compute([ownWeights, dWeights, scores], [[T, T]], (from, [out]) =>
          softmaxRowsGradient(from, out, given, T),
        ) as [tf.Tensor2D]; // [T, T]
        const kept = dropped(backend, ownWeights, factors, sizes, head);
        return [
          product(dScores, k),
          product(dScores, q, { a: true }),
          product(kept, dRead, { a: true }),
        ];
      });
    const heads = attentionHeads(sizes);
    const parts = heads.flatMap(gradientsOf);
    return compute(parts, [qkv.shape], (from, [dqkv]) => {
      for (const head of heads) {
        [head.column, head.keyColumn, head.valueColumn].forEach((column, part) => {
          addColumns(from[3 * head.place + part], dqkv, qkv.shape[1] ?? 0, sizes, head, column);
        });
      }
    });
  };
}

/** Returns queries, keys and values of one head, each `[T, D]`. */
function queryKeyValue(
  backend: ArrayBackend,
  qkv: tf.Tensor,
  sizes: AttentionSizes,
  head: Head,
): tf.Tensor2D[] {
  const columns = [head.column, head.keyColumn, head.valueColumn];
  return columns.map((column) => takeColumns(backend, qkv, sizes, head, column));
}

/** Returns the scale and the cap of the attention scores from a kernel's attributes. */
function scoresOf(attributes: Attributes): ScoreSettings {
  return attributes as unknown as ScoreSettings; // its fields are among them
}

/** Returns the dropout factors of all weights, `[B, H, T, T]`; undefined without dropout. */
function factorsOf({ B, H, T }: AttentionSizes, attributes: Attributes): tf.Tensor | undefined {
  if (attributes.rate === 0) return undefined;
  return dropoutFactors([B, H, T, T], dropoutOf(attributes));
}

/** Multiplies one head's weights by its dropout factors, `[T, T]`; returns them unchanged without dropout. */
function dropped(
  backend: ArrayBackend,
  weights: tf.Tensor,
  factors: tf.Tensor | undefined,
  sizes: AttentionSizes,
  head: Head,
): tf.Tensor2D {
  const kept = factors ? tf.mul(weights, takeSquare(backend, factors, sizes, head)) : weights;
  return kept as tf.Tensor2D; // [T, T]
}

/**
 * Sizes of an attention call: sequences B, positions T, heads of queries H, heads of keys and values K, width of a
 * head D.
 */
interface AttentionSizes {
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly K: number;
  readonly D: number;
}

/** A single head of one sequence. */
interface Head {
  /** Index of the sequence. */
  readonly b: number;
  /** First column of the head's queries in qkv, and of its result in `[B * T, H D]`. */
  readonly column: number;
  /** First columns of the head's keys and values in qkv, which other heads may share. */
  readonly keyColumn: number;
  readonly valueColumn: number;
  /**
   * Index of the head among the heads of all sequences, `b * H + head`, and of the head's `[T, T]` part in a
   * `[B, H, T, T]` tensor.
   */
  readonly place: number;
}

/** Returns the sizes of an attention call. */
function attentionSizes(qkv: tf.Tensor, attributes: Attributes): AttentionSizes {
  const { batch: B, nHead: H, nKvHead: K } = attributes as Record<string, number>; // as the op describes them
  return { B, T: qkv.shape[0] / B, H, K, D: (qkv.shape[1] ?? 0) / (H + 2 * K) };
}

/** Returns the heads of all sequences. */
function attentionHeads({ B, H, K, D }: AttentionSizes): Head[] {
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
 * Copies the columns of a head from `column` on, for the head's sequence, `[T, D]`.
 *
 * @param x - `[B * T, width]`.
 */
function takeColumns(
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

/** Adds a head's `[T, D]` to columns of a matrix: the adjoint of `takeColumns`. */
function addColumns(
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

/** Copies a head's `[T, T]` part of a `[B, H, T, T]` tensor. */
function takeSquare(
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
