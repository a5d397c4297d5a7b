import { lossNumbers } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';

import {
  expectEntries,
  expectIntegers,
  expectShapes,
  expectTensor,
  floatsOf,
  type Kernel,
  outputsOf,
} from './kernel.js';

/** Kernels of cross-entropy, by the name of their op. */
export const CROSS_ENTROPY_KERNELS: Readonly<Record<string, Kernel>> = {
  /**
   * If a gradient follows, it is computed in the same pass, while the logits are in memory. The gradients are
   * the residuals after perPosition.
   */
  CrossEntropy: ({ inputs, attributes, isDifferentiated, backend, addon }) => {
    const { hidden, projection, weights } = inputs;
    const [rows, width] = hidden.shape;
    const [vocabulary] = projection.shape;
    expectShapes(inputs, { hidden: [rows, width], projection: [vocabulary, width] });
    expectTensor('targets', inputs.targets, [rows], 'int32');
    expectTensor('weights', weights, [rows]);
    const targets = backend.integers(inputs.targets);
    expectIntegers('targets', targets, vocabulary);
    const [perPosition, loss] = outputsOf(backend, [rows], []);
    const shapes = isDifferentiated ? [hidden.shape, projection.shape] : [];
    const gradients = outputsOf(backend, ...shapes);
    const [dHidden = null, dProjection = null] = gradients.map((each) => backend.floats(each));
    addon.crossEntropy({
      ...{ rows, width, vocabulary, targets, dHidden, dProjection },
      ...lossNumbers(attributes),
      ...floatsOf(backend, { hidden, projection, weights, loss, perPosition }),
    });
    return [loss, perPosition, ...gradients.map((gradient) => backend.residual(gradient))];
  },
  /** Returns the gradients that the forward kernel computed, times `dy`. */
  CrossEntropyGrad: ({ inputs, backend, addon }) => {
    const { dy, hidden, projection, residual1: dHidden, residual2: dProjection } = inputs;
    expectShapes(inputs, { dy: [], hidden: hidden.shape, projection: projection.shape });
    const factor = backend.floats(dy)[0];
    const gradients = [
      { gradient: dHidden, shape: hidden.shape },
      { gradient: dProjection, shape: projection.shape },
    ];
    return gradients.map(({ gradient, shape }, i) => {
      const size = tf.util.sizeFromShape(shape);
      const numbers = expectEntries(`residual${i + 1}`, gradient, backend.floats(gradient), size);
      if (factor === 1) return backend.share(gradient, shape);
      const scaled = backend.output(shape);
      addon.scale({ count: numbers.length, factor, x: numbers, y: backend.floats(scaled) });
      return scaled;
    });
  },
};
