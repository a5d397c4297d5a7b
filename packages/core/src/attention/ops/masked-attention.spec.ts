import { type FixtureTensor, plainAttention } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../../test/expect-plain.js';
import { randomValues } from '../../../test/random-values.js';
import { dropoutFactors, NO_DROPOUT } from '../../ops/dropout.js';
import { attention } from '../masked.js';
import { relativeAttention } from '../distance-scores.js';
import { type AttentionMask, blockMask, CAUSAL_MASK, PREFIX_MASK } from '../attention-mask.js';
import { readJson, readTensors } from '../../../test/read-fixture.js';

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

interface Case {
  readonly name: string;
  readonly B: number;
  readonly H: number;
  readonly T: number;
  readonly D: number;
  /** Kind of attention; only in cases of long-attention. */
  readonly kind?: 'local' | 'compressed';
  readonly maxRel?: number;
  readonly sharedHeads?: boolean;
  readonly block: number | null;
  readonly independent?: boolean;
}
const casesOf = (folder: string): Case[] =>
  (readJson(`${folder}/cases.json`) as { cases: Case[] }).cases; // its README

/** Joins `[B, H, T, D]` tensors as columns of `[B * T, 3C]`. */
function sideBySide(parts: readonly FixtureTensor[]): tf.Tensor2D {
  const matrices = parts.map(({ shape, values }) => {
    const [B, H, T, D] = shape;
    const byTime = tf.transpose(tf.tensor4d(values, [B, H, T, D]), [0, 2, 1, 3]);
    return tf.reshape<tf.Rank.R2>(byTime, [B * T, H * D]);
  });
  return tf.concat(matrices, 1);
}

function sightOf({ block, independent = false }: Case): AttentionMask {
  return block === null ? CAUSAL_MASK : blockMask(block, independent ? 0 : 1);
}

/** Returns a table for each head; a table that heads share is repeated. */
function tableOf({ H, D, maxRel = 0, sharedHeads = false }: Case, er: FixtureTensor): tf.Tensor2D {
  const rows = tf.tensor2d(er.values, [er.values.length / D, D]);
  return sharedHeads ? tf.tile(rows, [H, 1]) : tf.reshape(rows, [H * maxRel, D]);
}

describe.each([
  ...casesOf('relative-attention').map((each) => ['relative-attention', each] as const),
  ...casesOf('long-attention').flatMap((each) =>
    each.kind === 'local' ? [['long-attention', each] as const] : [],
  ),
])('%s, as PyTorch computes it in float64', (folder, given) => {
  const fixture = readTensors(`${folder}/${given.name}.safetensors`);
  const { q, k, v, er, out, gradOut, gradQ, gradK, gradV, gradEr } = fixture;
  const hasTable = folder === 'relative-attention';

  it(`returns the same values and gradients: ${given.name}`, () => {
    tf.tidy(() => {
      const qkv = sideBySide([q, k, v]);
      const tables = hasTable ? [tableOf(given, er)] : [];
      const shape = { batch: given.B, nHead: given.H };
      const run = (...[x, table]: tf.Tensor[]): tf.Tensor =>
        hasTable
          ? relativeAttention(x as tf.Tensor2D, table as tf.Tensor2D, shape, sightOf(given)) // the ranks of what goes in
          : attention(x as tf.Tensor2D, shape, sightOf(given));
      const inputs = [qkv, ...tables];
      const numbers = (x: tf.Tensor): Float32Array => x.dataSync<'float32'>();
      expect(numbers(run(qkv, ...tables))).toBeAllClose(numbers(sideBySide([out])), { atol: 1e-5 });
      const [dQkv, dTable] = tf.grads(run)(inputs, sideBySide([gradOut]));
      const expected = numbers(sideBySide([gradQ, gradK, gradV]));
      expect(numbers(dQkv)).toBeAllClose(expected, { atol: 1e-4 });
      if (!hasTable) return;
      const { H, D } = given;
      const heads = given.sharedHeads
        ? [H, gradEr.values.length / D, D]
        : [1, H * given.maxRel!, D];
      const summed = tf.sum(tf.reshape(dTable, heads), 0);
      expect(numbers(summed)).toBeAllClose(gradEr.values, { atol: 1e-4 });
    });
  });
});
