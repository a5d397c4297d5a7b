import { lossNumbers } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorInfo } from '@tensorflow/tfjs-core';

import {
  expectEntries,
  expectIntegers,
  expectShapes,
  expectTensor,
  floatsOf,
  type Kernel,
  type KernelCall,
  outputsOf,
} from './kernel.js';

/** Kernels of cross-entropy, by the name of their op. */
export const CROSS_ENTROPY_KERNELS: Readonly<Record<string, Kernel>> = {
  CrossEntropy: (call) => loss(call, ['hidden', 'projection'], false),
  CrossEntropyGrad: (call) => lossGrad(call, ['hidden', 'projection']),
  FrozenCrossEntropy: (call) => loss(call, ['hidden'], false),
  FrozenCrossEntropyGrad: (call) => lossGrad(call, ['hidden']),
  Bfloat16CrossEntropy: (call) => loss(call, ['hidden', 'projection'], true),
  Bfloat16CrossEntropyGrad: (call) => lossGrad(call, ['hidden', 'projection']),
  FrozenBfloat16CrossEntropy: (call) => loss(call, ['hidden'], true),
  FrozenBfloat16CrossEntropyGrad: (call) => lossGrad(call, ['hidden']),
};

/** Inputs that have a gradient, in order. */
type Differentiable = readonly ('hidden' | 'projection')[];

/**
 * Computes the loss. If a gradient follows, it is computed in the same pass, while the logits are in memory. The
 * gradients are returned as residuals (saved for the gradient kernel), after the total loss and the loss of each
 * position.
 */
function loss(
  { inputs, attributes, isDifferentiated, backend, addon }: KernelCall,
  differentiable: Differentiable,
  bf16: boolean,
): TensorInfo[] {
  const { hidden, projection, weights } = inputs;
  const [rows, width] = hidden.shape;
  const [vocabulary] = projection.shape;
  expectShapes(inputs, { hidden: [rows, width], projection: [vocabulary, width] });
  expectTensor('targets', inputs.targets, [rows], 'int32');
  expectTensor('weights', weights, [rows]);
  if (lossNumbers(attributes).rDrop > 0 && rows % 2 > 0) {
    throw new RangeError(`hidden: expected an even number of rows with rDrop, got ${rows}`);
  }
  const targets = backend.integers(inputs.targets);
  expectIntegers('targets', targets, vocabulary);
  const [perPosition, total] = outputsOf(backend, [rows], []);
  const shapes = isDifferentiated ? differentiable.map((name) => inputs[name].shape) : [];
  const gradients = outputsOf(backend, ...shapes);
  const [dHidden = null, dProjection = null] = gradients.map((each) => backend.floats(each));
  addon.crossEntropy({
    ...{ rows, width, vocabulary, targets, dHidden, dProjection },
    ...lossNumbers(attributes),
    bf16,
    ...floatsOf(backend, { hidden, projection, weights, loss: total, perPosition }),
  });
  return [total, perPosition, ...gradients.map((gradient) => backend.residual(gradient))];
}

/** Returns the gradients that the forward kernel computed, times `dy`. */
function lossGrad(
  { inputs, backend, addon }: KernelCall,
  differentiable: Differentiable,
): TensorInfo[] {
  const shapes = differentiable.map((name) => [name, inputs[name].shape]);
  expectShapes(inputs, { dy: [], ...(Object.fromEntries(shapes) as Record<string, number[]>) });
  const factor = backend.floats(inputs.dy)[0];
  return differentiable.map((name, i) => {
    const gradient = inputs[`residual${i + 1}`];
    const { shape } = inputs[name];
    const size = tf.util.sizeFromShape(shape);
    const numbers = expectEntries(`residual${i + 1}`, gradient, backend.floats(gradient), size);
    if (factor === 1) return backend.share(gradient, shape);
    const scaled = backend.output(shape);
    addon.scale({ count: numbers.length, factor, x: numbers, y: backend.floats(scaled) });
    return scaled;
  });
}
