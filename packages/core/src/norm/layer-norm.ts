import type * as tf from '@tensorflow/tfjs-core';

import { layerNorm as run } from '../ops/layer-norm.js';
import { constant } from '../parameters/parameter.js';
import type { NormKind } from './norm-kind.js';

/**
 * Layer norm with a gain and a bias.
 *
 * @see Ba et al. 2016, https://arxiv.org/abs/1607.06450
 */
export const layerNorm: NormKind = {
  stepOp: 'layerNorm',
  parameters: (name, width) => [
    constant(`${name}.gain`, width, 1),
    constant(`${name}.bias`, width, 0),
  ],
  apply: (x, name, { parameter, eps }) => {
    const [gain, bias] = ['gain', 'bias'].map((part) => parameter(`${name}.${part}`));
    return run(x, { gain: gain as tf.Tensor1D, bias: bias as tf.Tensor1D }, eps); // of this rank in every store
  },
};
