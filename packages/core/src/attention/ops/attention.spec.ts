import { plainAttention } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../../test/expect-plain.js';
import { randomValues } from '../../../test/random-values.js';
import { dropoutFactors, NO_DROPOUT } from '../../ops/dropout.js';
import { attention } from '../masked.js';
import { relativeAttention } from '../distance-scores.js';
import { blockMask, CAUSAL_MASK, PREFIX_MASK, type AttentionMask } from '../attention-mask.js';

const [B, T, C, H] = [2, 5, 6, 3];
const prefixLengths = Int32Array.of(3, 0);
const someDropout = { rate: 0.4, seed: 5, step: 2, stream: 4 };

const read = (qkv: Float32Array, mask: AttentionMask): Float32Array =>
  attention(
    tf.tensor2d(qkv, [B * T, 3 * C]),
    { batch: B, nHead: H, prefixLengths },
    mask,
  ).dataSync<'float32'>();

/** `qkv` with other numbers at position `t` of the first sequence. */
function changed(qkv: Float32Array, t: number): Float32Array {
  const copy = qkv.slice();
  copy.set(randomValues(3 * C, 9), t * 3 * C);
  return copy;
}

describe('attention', () => {
  it.each([
    ['causal', B, T, C, H, CAUSAL_MASK, NO_DROPOUT, undefined],
    ['causal with dropout', B, T, C, H, CAUSAL_MASK, someDropout, undefined],
    ['prefix', B, T, C, H, PREFIX_MASK, NO_DROPOUT, undefined],
    ['prefix with dropout', B, T, C, H, PREFIX_MASK, someDropout, undefined],
    ['one position', B, 1, C, H, CAUSAL_MASK, NO_DROPOUT, undefined],
    ['one head', 1, T, 7, 1, CAUSAL_MASK, NO_DROPOUT, undefined],
    ['causal, padded', B, T, C, H, CAUSAL_MASK, NO_DROPOUT, [4, 2]],
    ['prefix with dropout, padded', B, T, C, H, PREFIX_MASK, someDropout, [3, 1]],
    ['nothing but padding', B, T, C, H, CAUSAL_MASK, NO_DROPOUT, [0, 5]],
  ] as const)('attends to the past, with gradients: %s', (_, b, t, c, h, mask, dropout, sizes) => {
    const factors = dropoutFactors([b, h, t, t], dropout).dataSync();
    const lengths = sizes && Int32Array.from(sizes);
    const shape = { batch: b, nHead: h, lengths, prefixLengths };
    const prefixes = mask === PREFIX_MASK ? { prefixLengths } : {};
    expectPlain({
      inputs: { qkv: [b * t, 3 * c] },
      op: ({ qkv }) => attention(qkv as tf.Tensor2D, shape, mask, dropout), // rank as above
      plain: ({ qkv }) => plainAttention(qkv, c, { B: b, H: h, ...prefixes, lengths, factors }),
    });
  });

  it.each([
    ['as many distances as positions', B, T, T, CAUSAL_MASK, NO_DROPOUT, undefined],
    ['more distances', B, T, T + 3, CAUSAL_MASK, NO_DROPOUT, undefined],
    ['fewer distances', B, T, 2, CAUSAL_MASK, NO_DROPOUT, undefined],
    ['one position', B, 1, 4, CAUSAL_MASK, NO_DROPOUT, undefined],
    ['dropout and padding', B, T, T, CAUSAL_MASK, someDropout, [4, 0]],
    ['blocks, the one before too', B, 8, 5, blockMask(3, 1), NO_DROPOUT, undefined],
    ['blocks, with dropout and padding', B, 7, 2, blockMask(2, 1), someDropout, [7, 4]],
    ['blocks without the one before', B, 7, 4, blockMask(3, 0), NO_DROPOUT, undefined],
    ['two blocks before', B, 7, 9, blockMask(2, 2), NO_DROPOUT, undefined],
  ] as const)('scores distances, with gradients: %s', (_, b, t, m, mask, dropout, sizes) => {
    const lengths = sizes && Int32Array.from(sizes);
    const factors = dropoutFactors([b, H, t, t], dropout).dataSync();
    expectPlain({
      inputs: { qkv: [b * t, 3 * C], distances: [H * m, C / H] },
      op: ({ qkv, distances }) =>
        relativeAttention(
          ...([qkv, distances] as [tf.Tensor2D, tf.Tensor2D]), // ranks as above
          { batch: b, nHead: H, lengths },
          mask,
          dropout,
        ),
      plain: ({ qkv, distances }) =>
        plainAttention(qkv, C, {
          B: b,
          H,
          lengths,
          distances,
          firstSeen: (s) => mask.first(s),
          factors,
        }),
    });
  });

  it('has outputs that do not depend on later positions', () => {
    const qkv = randomValues(B * T * 3 * C, 0);
    const [before, after] = [read(qkv, CAUSAL_MASK), read(changed(qkv, 3), CAUSAL_MASK)];
    expect(after.slice(0, 3 * C)).toEqual(before.slice(0, 3 * C));
    expect(after.slice(3 * C, T * C)).not.toEqual(before.slice(3 * C, T * C));
  });

  it('attends within a prefix in both directions, and to no position after it', () => {
    const qkv = randomValues(B * T * 3 * C, 0);
    const first = (y: Float32Array): Float32Array => y.slice(0, C);
    expect(first(read(changed(qkv, 2), PREFIX_MASK))).not.toEqual(first(read(qkv, PREFIX_MASK)));
    expect(first(read(changed(qkv, 3), PREFIX_MASK))).toEqual(first(read(qkv, PREFIX_MASK)));
  });

  it('has outputs that do not depend on other sequences', () => {
    const qkv = randomValues(B * T * 3 * C, 0);
    const [before, after] = [read(qkv, PREFIX_MASK), read(changed(qkv, 0), PREFIX_MASK)];
    expect(after.slice(T * C)).toEqual(before.slice(T * C));
  });

  it('stays finite with huge scores', () => {
    const qkv = randomValues(B * T * 3 * C, 0, 300);
    expect(read(qkv, CAUSAL_MASK)).toBeAllClose(plainAttention(qkv, C, { B, H }), { rtol: 1e-3 });
  });
});
