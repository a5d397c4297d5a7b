import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Kernel, KernelCall } from '../kernel.js';

/** A kernel of tfjs's own, for the calls that it fits. */
export interface StandardKernel {
  /** Whether `run` computes this call; tfjs's cpu kernel computes the others. */
  readonly fits: (call: KernelCall) => boolean;
  readonly run: Kernel;
}

/** Whether all tensors are non-empty floats, which the addon requires. */
export function areFloats(...tensors: readonly TensorInfo[]): boolean {
  return tensors.every(({ dtype, shape }) => dtype === 'float32' && sizeOf(shape) > 0);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
