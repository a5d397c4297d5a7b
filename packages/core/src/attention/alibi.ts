import * as tf from '@tensorflow/tfjs-core';

import { CAUSAL, maskedAttention, type ScoreTerm } from './masked.js';
import { defineMaskedAttention } from './ops/masked-attention.js';

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

/** Kernel `AlibiAttention`: see `defineMaskedAttention`; nothing is learned. No prefix. */
const ALIBI_OP = defineMaskedAttention('AlibiAttention', {
  inputs: [],
  scores: ({ shape: [, H, T, D] }) => {
    const slopes = tf.tensor4d(alibiSlopes(H), [1, H, 1, 1]);
    const positions = tf.range(0, T);
    const back = tf.sub(tf.reshape(positions, [1, 1, T, 1]), tf.reshape(positions, [1, 1, 1, T]));
    return tf.mul(tf.mul(back, slopes), -Math.sqrt(D)); // the sum is scaled by 1 / sqrt(D)
  },
  gradients: () => ({ dInputs: [] }),
});

/** Scores that get lower with distance, by a slope of each head. */
const ALIBI: ScoreTerm = {
  replacesPositions: true,
  inLayer: ({ nHead, nEmbd }) => {
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
  },
};

/** Causal attention with linear biases for distance (ALiBi) instead of learned positions. */
export const alibi = maskedAttention(CAUSAL, ALIBI);
