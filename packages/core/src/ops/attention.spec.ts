import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../test/expect-plain.js';
import { plainAttention } from '../../test/plain-ops.js';
import { randomValues } from '../../test/random-values.js';
import { attention } from './attention.js';
import { dropoutFactors, NO_DROPOUT } from './dropout.js';
import { CAUSAL, type Visibility } from './visibility.js';

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
        op: ({ qkv }) => attention(qkv as tf.Tensor2D, shape, visibility, dropout), // rank as above
        plain: ({ qkv }) => plainAttention(qkv, c, { B: b, H: h, prefixLengths, lengths, factors }),
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
