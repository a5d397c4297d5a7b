import { plainAttention } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { randomValues } from '../../test/random-values.js';
import { modelConfig } from '../config/model-config.js';
import { linear } from '../ops/linear.js';
import { NO_DROPOUT } from '../ops/dropout.js';
import { CAUSAL } from './attention-kinds.js';
import { alibiSlopes, alibiTerm } from './distance-scores.js';
import { maskedAttention } from './masked.js';

const [B, T, H, C] = [2, 6, 3, 12];
const shape = { vocabSize: 9, contextLength: T, nLayer: 2, nHead: H, nEmbd: C };
const settings = { ...shape, nKvHead: H, headDim: C / H };

describe('alibi', () => {
  // The slopes that the paper names for 8 heads, and its authors' get_slopes(12).
  it.each([
    [8, [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]],
    [1, [2 ** -8]],
    [3, [2 ** -4, 2 ** -8, 2 ** -2]],
    [
      12,
      [
        ...[1, 2, 3, 4, 5, 6, 7, 8].map((i) => 2 ** -i),
        ...[0.5, 1.5, 2.5, 3.5].map((i) => 2 ** -i),
      ],
    ],
  ])('has the slopes of %d heads', (heads, slopes) => {
    expect(alibiSlopes(heads)).toBeAllClose(slopes, { rtol: 1e-12 });
  });

  it('matches plain loops, and its gradient matches finite differences', () => {
    const layer = maskedAttention(CAUSAL, alibiTerm)(settings, 0);
    const pass = {
      parameter: () => {
        throw new Error('it learns nothing');
      },
      linear,
      shape: { batch: B, nHead: H },
      queries: T,
      dropout: NO_DROPOUT,
    };
    const attend = (qkv: tf.Tensor): tf.Tensor =>
      layer.whole({ input: qkv as tf.Tensor2D, qkv: qkv as tf.Tensor2D }, pass as never);
    const plain = (qkv: ArrayLike<number>): Float64Array =>
      plainAttention(qkv, C, {
        B,
        H,
        bias: (head, back) => -alibiSlopes(H)[head] * back,
      });
    const numbers = Float64Array.from(randomValues(B * T * 3 * C, 0));
    const qkv = tf.tensor2d(Float32Array.from(numbers), [B * T, 3 * C]);
    expect(attend(qkv).dataSync()).toBeAllClose(plain(numbers), { atol: 1e-5 });
    const dy = randomValues(B * T * C, 1);
    const dQkv = tf
      .grad(attend)(qkv, tf.tensor2d(dy, [B * T, C]))
      .dataSync();
    const lossAt = (i: number, change: number): number => {
      const moved = numbers.slice();
      moved[i] += change;
      return plain(moved).reduce((sum, read, n) => sum + read * dy[n], 0);
    };
    for (let i = 0; i < numbers.length; i += 7) {
      expect(dQkv[i]).toBeCloseTo((lossAt(i, 1e-5) - lossAt(i, -1e-5)) / 2e-5, 3);
    }
  });

  it('learns no positions, and refuses a setting of positions', () => {
    expect(modelConfig({ ...shape, attention: 'alibi' }).positions).toBe('none');
    const given = { ...shape, attention: 'alibi', positions: 'input' } as const;
    expect(() => modelConfig(given)).toThrow(
      'positions: expected none with attention alibi, which uses only distances, got input',
    );
    expect(() => modelConfig({ ...shape, attention: 'alibi,causal' })).toThrow(
      'attention: expected alibi in all layers or in none, got alibi,causal',
    );
  });
});
