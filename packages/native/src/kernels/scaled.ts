import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Kernel, KernelCall } from './kernel.js';

/** The kernel of `Scaled`. */
export const scaled: Kernel = (call) => [product(call, call.inputs.x)];

/** The kernel of `ScaledGrad`. */
export const scaledGrad: Kernel = (call) => [product(call, call.inputs.dy)];

function product({ attributes, backend, addon }: KernelCall, x: TensorInfo): TensorInfo {
  const y = backend.output(x.shape);
  const numbers = backend.floats(x);
  const factor = attributes.factor as number; // scaled() of core put a number there
  addon.scale({ count: numbers.length, factor, x: numbers, y: backend.floats(y) });
  return y;
}
