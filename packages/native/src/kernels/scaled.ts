import type { TensorInfo } from '@tensorflow/tfjs-core';

import { expectTensor } from './expect-tensor.js';
import type { Kernel, KernelCall } from './kernel.js';

/** The kernel of `Scaled`. */
export const scaled: Kernel = (call) => [product(call, 'x')];

/** The kernel of `ScaledGrad`. */
export const scaledGrad: Kernel = (call) => [product(call, 'dy')];

function product(call: KernelCall, of: 'x' | 'dy'): TensorInfo {
  const { inputs, attributes, backend, addon } = call;
  const x = inputs[of];
  expectTensor(of, x, x.shape);
  const y = backend.output(x.shape);
  const numbers = backend.floats(x);
  const factor = attributes.factor as number; // scaled() of core put a number there
  addon.scale({ count: numbers.length, factor, x: numbers, y: backend.floats(y) });
  return y;
}
