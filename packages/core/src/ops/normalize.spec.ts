import { plainLayerNorm } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../test/expect-plain.js';
import { layerNorm } from './normalize.js';

describe('layerNorm', () => {
  it.each([
    [10, 6, 1e-5],
    [3, 7, 0.5],
    [1, 2, 1e-5],
  ])('normalises each row of [%d, %d] with eps %d', (N, C, eps) => {
    expectPlain({
      inputs: { x: [N, C], gain: [C], bias: [C] },
      op: ({ x, gain, bias }) =>
        layerNorm(x as tf.Tensor2D, { gain: gain as tf.Tensor1D, bias: bias as tf.Tensor1D }, eps), // ranks as above
      plain: ({ x, gain, bias }) => plainLayerNorm(x, gain, bias, eps),
    });
  });

  it('returns the bias for a constant row', () => {
    const [gain, bias] = [tf.tensor1d([2, 3, 4]), tf.tensor1d([5, 6, 7])];
    const y = layerNorm(tf.fill([2, 3], 1e4), { gain, bias }, 1e-5);
    expect(y.dataSync()).toBeAllClose([5, 6, 7, 5, 6, 7]);
  });
});
