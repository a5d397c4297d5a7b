import type * as tf from '@tensorflow/tfjs-core';

import { rmsNorm as run } from '../ops/rms-norm.js';
import { constant } from '../parameters/parameter.js';
import type { NormKind } from './norm-kind.js';

/**
 * RMS norm with a gain and no bias.
 *
 * @see Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467
 */
export const rmsNorm: NormKind = {
  stepOp: 'rmsNorm',
  parameters: (name, width) => [constant(`${name}.gain`, width, 1)],
  apply: (x, name, { parameter, eps }) => run(x, parameter(`${name}.gain`) as tf.Tensor1D, eps), // of this rank in every store
};
