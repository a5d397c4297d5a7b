import * as tf from '@tensorflow/tfjs-core';

import {
  expectEntries,
  expectIntegers,
  expectTensor,
  type Kernel,
  type KernelCall,
} from './kernel.js';

/**
 * Kernel of `CrossEntropy`. If a gradient follows, it is computed in the same pass, while the logits are in
 * memory. The gradients are the residuals after perPosition.
 */
export const crossEntropy: Kernel = ({ inputs, attributes, isDifferentiated, backend, addon }) => {
  const { hidden, projection, targets, weights } = inputs;
  const [rows, width] = hidden.shape;
  const [vocabSize] = projection.shape;
  expectTensor('hidden', hidden, [rows, width]);
  expectTensor('projection', projection, [vocabSize, width]);
  expectTensor('targets', targets, [rows], 'int32');
  expectTensor('weights', weights, [rows]);
  expectIntegers('targets', backend.integers(targets), vocabSize);
  const perPosition = backend.output([rows]);
  const gradients = isDifferentiated
    ? [backend.output(hidden.shape), backend.output(projection.shape)]
    : [];
  const [dHidden, dProjection] = gradients.map((gradient) => backend.floats(gradient));
  const { targetShare, otherShare, entropy, zLoss, cap } = numbersOf(attributes);
  const loss = backend.output([]);
  addon.crossEntropy({
    rows,
    width,
    vocabulary: vocabSize,
    hidden: backend.floats(hidden),
    projection: backend.floats(projection),
    targets: backend.integers(targets),
    weights: backend.floats(weights),
    targetShare,
    otherShare,
    entropy,
    zLoss,
    cap,
    loss: backend.floats(loss),
    perPosition: backend.floats(perPosition),
    dHidden: gradients.length > 0 ? dHidden : null,
    dProjection: gradients.length > 0 ? dProjection : null,
  });
  return [loss, perPosition, ...gradients.map((gradient) => backend.residual(gradient))];
};

/** Kernel of `CrossEntropyGrad`: the gradients of the forward kernel, times `dy`. */
export const crossEntropyGrad: Kernel = ({ inputs, backend, addon }) => {
  const { dy, hidden, projection, residual1: dHidden, residual2: dProjection } = inputs;
  expectTensor('dy', dy, []);
  expectTensor('hidden', hidden, hidden.shape);
  expectTensor('projection', projection, projection.shape);
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
};

function numbersOf(
  attributes: KernelCall['attributes'],
): Record<'targetShare' | 'otherShare' | 'entropy' | 'zLoss' | 'cap', number> {
  return attributes as ReturnType<typeof numbersOf>; // crossEntropy() put numbers there
}
