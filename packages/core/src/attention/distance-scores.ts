import * as tf from '@tensorflow/tfjs-core';

import { type Dropout, NO_DROPOUT } from '../ops/dropout.js';
import { weight } from '../parameters/parameter.js';
import { dot } from './attend-rows.js';
import type { ScoreTerm } from './masked.js';
import { relativeGradients, relativeScores } from './ops/attention-distances.js';
import { type AttentionShape, defineMaskedAttention } from './ops/masked-attention.js';
import { CAUSAL_MASK, type AttentionMask } from './attention-mask.js';

/**
 * A score term with a learned vector for each distance and head.
 *
 * @see Huang et al. 2018, section 3.4, https://arxiv.org/abs/1809.04281; tensor2tensor for the initial
 * values, `headDim^-0.5`
 */
export const relativeTerm: ScoreTerm = ({ nHead, nEmbd, maxDistance: rows = 1 }, layer) => {
  const name = `blocks.${layer}.attention.distances.weight`;
  const headDim = nEmbd / nHead;
  return {
    parameters: [weight(name, [nHead * rows, headDim], headDim ** -0.5)],
    // Each pair of positions takes one more product, and each token reads few rows of the table.
    operationsPerSeen: 6 * nEmbd,
    operationsSaved: 6 * rows * nEmbd,
    op: RELATIVE_OP,
    learned: (parameter) => ({ distances: parameter(name) }),
    byDistance: (parameter) => {
      const table = parameter(name).dataSync<'float32'>();
      return (query, head) => (back) =>
        back < rows ? dot(query, table, (head * rows + rows - 1 - back) * headDim) : 0;
    },
    lowered: { distances: { name, rows } },
  };
};

/**
 * Kernel `RelativeAttention`: see `defineMaskedAttention`. The input `distances [H * M, D]` is learned. Prefix masks
 * are not supported.
 */
const RELATIVE_OP = defineMaskedAttention('RelativeAttention', {
  inputs: ['distances'],
  scores: (query, { distances }) => relativeScores(query, distances as tf.Tensor2D), // [H * M, D]
  gradients: (dScores, query, { distances }) => {
    const { dq, dDistances } = relativeGradients(dScores, query, distances as tf.Tensor2D);
    return { dQuery: dq, dInputs: [dDistances] };
  },
});

/**
 * Attention whose scores depend on distances, `softmax(q (k + e)^T / sqrt(D)) v`.
 *
 * @param distances - Learned vectors of distances, `[H * M, D]`, a head's M rows together. Row `M - 1 - d` of
 *   a head is added to keys d positions back. Keys more than M - 1 positions back get no vector.
 * @see Huang et al. 2018, section 3.4, https://arxiv.org/abs/1809.04281
 */
export function relativeAttention(
  qkv: tf.Tensor2D,
  distances: tf.Tensor2D,
  shape: AttentionShape,
  mask: AttentionMask = CAUSAL_MASK,
  dropout: Dropout = NO_DROPOUT,
): tf.Tensor2D {
  return RELATIVE_OP.attend(qkv, { distances }, shape, mask, dropout);
}

/**
 * Returns the slope of each head: the number that a score loses for each position between query and key. H heads,
 * H a power of two, have the slopes `2^(-8/H)`, `2^(-16/H)`, …, `2^-8`. Any other number of heads has the slopes
 * of the next lower power of two, then every second slope of the next higher power.
 *
 * @see Press et al. 2021, section 3, https://arxiv.org/abs/2108.12409, and its authors' `get_slopes`
 */
export function alibiSlopes(nHead: number): number[] {
  const power = 2 ** Math.floor(Math.log2(nHead));
  const ofPower = (heads: number): number[] =>
    Array.from({ length: heads }, (_, i) => 2 ** ((-8 * (i + 1)) / heads));
  const others = ofPower(2 * power).filter((_, i) => i % 2 === 0);
  return [...ofPower(power), ...others.slice(0, nHead - power)];
}

/** Kernel `AlibiAttention`: see `defineMaskedAttention`. No input is learned. Prefix masks are not supported. */
const ALIBI_OP = defineMaskedAttention('AlibiAttention', {
  inputs: [],
  scores: ({ shape: [, H, T, D] }) => {
    const slopes = tf.tensor4d(alibiSlopes(H), [1, H, 1, 1]);
    const positions = tf.range(0, T);
    const back = tf.sub(tf.reshape(positions, [1, 1, T, 1]), tf.reshape(positions, [1, 1, 1, T]));
    return tf.mul(tf.mul(back, slopes), -Math.sqrt(D)); // compensates the scale 1 / sqrt(D) of the sum
  },
  gradients: () => ({ dInputs: [] }),
});

/** A score term that decreases with distance, by a fixed slope for each head (ALiBi). */
export const alibiTerm: ScoreTerm = ({ nHead, nEmbd }) => {
  const slopes = alibiSlopes(nHead).map((slope) => slope * Math.sqrt(nEmbd / nHead));
  return {
    parameters: [],
    operationsPerSeen: 0,
    operationsSaved: 0,
    op: ALIBI_OP,
    learned: () => ({}),
    byDistance: () => (_, head) => (back) => -slopes[head] * back,
    lowered: undefined,
  };
};
