import { type Attributes, describedSight, type Dropout, dropoutFactors } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend } from '../array-backend.js';
import {
  addColumns,
  attentionHeads,
  attentionSizes,
  type AttentionSizes,
  type Head,
  takeColumns,
  takeSquare,
} from './attention-heads.js';
import type { Kernel, KernelPair } from './kernel-pair.js';
import { type ScoreSettings, softmaxRows, softmaxRowsGradient } from './softmax-rows.js';

/**
 * Kernels of `Attention`, head by head as products of two matrices, which backends do fastest. The
 * residuals are the weights after the softmax and, with dropout, their factors.
 */
export function attentionKernels(backend: ArrayBackend): KernelPair {
  return { forward: attend(backend), backward: attendGradient(backend) };
}

function attend(backend: ArrayBackend): Kernel {
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
    const sight = describedSight(attributes);
    const first = (t: number): number => sight.first(t);
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

function attendGradient(backend: ArrayBackend): Kernel {
  const { compute, product } = backend;
  return ({ dy, qkv, residual0: weights, residual1 }, attributes) => {
    const sizes = attentionSizes(qkv, attributes);
    const { T } = sizes;
    const given = scoresOf(attributes);
    const factors = hasDropout(attributes) ? residual1 : undefined;
    const gradientsOf = (head: Head): tf.Tensor[] =>
      tf.tidy(() => {
        const [q, k, v] = queryKeyValue(backend, qkv, sizes, head);
        const dRead = takeColumns(backend, dy, sizes, head, head.column);
        const ownWeights = takeSquare(backend, weights, sizes, head);
        const dKept = product(dRead, v, { b: true });
        const dWeights = dropped(backend, dKept, factors, sizes, head);
        const scores = given.cap > 0 ? product(q, k, { b: true }) : ownWeights; // read with a cap alone
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

/** Queries, keys and values of one head, each `[T, D]`. */
function queryKeyValue(
  backend: ArrayBackend,
  qkv: tf.Tensor,
  sizes: AttentionSizes,
  head: Head,
): tf.Tensor2D[] {
  const columns = [head.column, head.keyColumn, head.valueColumn];
  return columns.map((column) => takeColumns(backend, qkv, sizes, head, column));
}

/** What scores are made of products by. */
function scoresOf(attributes: Attributes): ScoreSettings {
  return attributes as unknown as ScoreSettings; // its fields are among them
}

/** The factors of all weights, `[B, H, T, T]`; none without dropout. */
function factorsOf({ B, H, T }: AttentionSizes, attributes: Attributes): tf.Tensor | undefined {
  if (!hasDropout(attributes)) return undefined;
  return dropoutFactors([B, H, T, T], attributes as unknown as Dropout); // its fields are among them
}

function hasDropout({ rate }: Attributes): boolean {
  return rate !== 0;
}

/** One head's weights times its factors, `[T, T]`. */
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
