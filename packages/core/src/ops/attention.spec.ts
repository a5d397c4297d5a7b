import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../test/expect-plain.js';
import { plainAttention } from '../../test/plain-ops.js';
import { randomValues } from '../../test/random-values.js';
import { attention } from './attention.js';
import { dropoutFactors, NO_DROPOUT } from './dropout.js';
import { CAUSAL, firstSeen, type Visibility } from './visibility.js';

const [B, T, C, H] = [2, 5, 6, 3];
const prefix: Visibility = { kind: 'prefix', lengths: Int32Array.of(3, 0) };
const someDropout = { rate: 0.4, seed: 5, step: 2, stream: 4 };

const read = (qkv: Float32Array, visibility: Visibility): Float32Array =>
  attention(
    tf.tensor2d(qkv, [B * T, 3 * C]),
    { batch: B, nHead: H },
    visibility,
  ).dataSync<'float32'>();

/** `qkv` with other numbers at position `t` of the first sequence. */
function changed(qkv: Float32Array, t: number): Float32Array {
  const copy = qkv.slice();
  copy.set(randomValues(3 * C, 9), t * 3 * C);
  return copy;
}

describe('attention', () => {
  it.each([
    ['causal', B, T, C, H, CAUSAL, NO_DROPOUT, undefined],
    ['causal with dropout', B, T, C, H, CAUSAL, someDropout, undefined],
    ['prefix', B, T, C, H, prefix, NO_DROPOUT, undefined],
    ['prefix with dropout', B, T, C, H, prefix, someDropout, undefined],
    ['one position', B, 1, C, H, CAUSAL, NO_DROPOUT, undefined],
    ['one head', 1, T, 7, 1, CAUSAL, NO_DROPOUT, undefined],
    ['causal, padded', B, T, C, H, CAUSAL, NO_DROPOUT, [4, 2]],
    ['prefix with dropout, padded', B, T, C, H, prefix, someDropout, [3, 1]],
    ['nothing but padding', B, T, C, H, CAUSAL, NO_DROPOUT, [0, 5]],
  ] as const)(
    'reads the past, with its gradient: %s',
    (_, b, t, c, h, visibility, dropout, sizes) => {
      const factors = dropoutFactors([b, h, t, t], dropout).dataSync();
      const prefixLengths = visibility.kind === 'prefix' ? visibility.lengths : undefined;
      const lengths = sizes && Int32Array.from(sizes);
      const shape = { batch: b, nHead: h, lengths };
      expectPlain({
        inputs: { qkv: [b * t, 3 * c] },
        op: ({ qkv }) => attention(qkv as tf.Tensor2D, shape, visibility, { dropout }), // rank as above
        plain: ({ qkv }) => plainAttention(qkv, c, { B: b, H: h, prefixLengths, lengths, factors }),
      });
    },
  );

  const inBlocks = (blockLength: number, blocksBack: number): Visibility => ({
    kind: 'local',
    blockLength,
    blocksBack,
  });
  it.each([
    ['as many distances as positions', B, T, T, CAUSAL, NO_DROPOUT, undefined],
    ['more distances', B, T, T + 3, CAUSAL, NO_DROPOUT, undefined],
    ['fewer distances', B, T, 2, CAUSAL, NO_DROPOUT, undefined],
    ['one position', B, 1, 4, CAUSAL, NO_DROPOUT, undefined],
    ['dropout and padding', B, T, T, CAUSAL, someDropout, [4, 0]],
    ['blocks, the one before too', B, 8, 5, inBlocks(3, 1), NO_DROPOUT, undefined],
    ['blocks, with dropout and padding', B, 7, 2, inBlocks(2, 1), someDropout, [7, 4]],
    ['blocks without the one before', B, 7, 4, inBlocks(3, 0), NO_DROPOUT, undefined],
    ['two blocks before', B, 7, 9, inBlocks(2, 2), NO_DROPOUT, undefined],
  ] as const)(
    'knows distances, with their gradient: %s',
    (_, b, t, m, visibility, dropout, sizes) => {
      const lengths = sizes && Int32Array.from(sizes);
      const factors = dropoutFactors([b, H, t, t], dropout).dataSync();
      const first = (position: number): number => firstSeen(visibility, position);
      expectPlain({
        inputs: { qkv: [b * t, 3 * C], distances: [H * m, C / H] },
        op: ({ qkv, distances }) =>
          attention(qkv as tf.Tensor2D, { batch: b, nHead: H, lengths }, visibility, {
            distances: distances as tf.Tensor2D, // ranks as above
            dropout,
          }),
        plain: ({ qkv, distances }) =>
          plainAttention(qkv, C, { B: b, H, lengths, distances, firstSeen: first, factors }),
      });
    },
  );

  it('does not let the future reach the past', () => {
    const qkv = randomValues(B * T * 3 * C, 0);
    const [before, after] = [read(qkv, CAUSAL), read(changed(qkv, 3), CAUSAL)];
    expect(after.slice(0, 3 * C)).toEqual(before.slice(0, 3 * C));
    expect(after.slice(3 * C, T * C)).not.toEqual(before.slice(3 * C, T * C));
  });

  it('lets a prefix see itself both ways, and nothing behind it', () => {
    const qkv = randomValues(B * T * 3 * C, 0);
    const first = (y: Float32Array): Float32Array => y.slice(0, C);
    expect(first(read(changed(qkv, 2), prefix))).not.toEqual(first(read(qkv, prefix)));
    expect(first(read(changed(qkv, 3), prefix))).toEqual(first(read(qkv, prefix)));
  });

  it('keeps sequences apart', () => {
    const qkv = randomValues(B * T * 3 * C, 0);
    const [before, after] = [read(qkv, prefix), read(changed(qkv, 0), prefix)];
    expect(after.slice(T * C)).toEqual(before.slice(T * C));
  });

  it('stays finite where scores are huge', () => {
    const qkv = randomValues(B * T * 3 * C, 0, 300);
    expect(read(qkv, CAUSAL)).toBeAllClose(plainAttention(qkv, C, { B, H }), { rtol: 1e-3 });
  });
});
