import type { TensorInfo } from '@tensorflow/tfjs-core';

import { expectTensor } from './expect-tensor.js';
import type { Kernel, KernelCall } from './kernel.js';

/** The kernel of `RotateHeads`. */
export const rotateHeads: Kernel = (call) => [rotated(call, call.inputs.qkv, false)];

/** The kernel of `RotateHeadsGrad`: turns the gradient back. */
export const rotateHeadsGrad: Kernel = (call) => [rotated(call, call.inputs.dy, true)];

function rotated(call: KernelCall, qkv: TensorInfo, isBackwards: boolean): TensorInfo {
  const { inputs, attributes, backend, addon } = call;
  const { headDim, heads } = attributes as { headDim: number; heads: number }; // rotateHeads() put them there
  const { angles } = inputs;
  const [[rows, width], [, columns]] = [qkv.shape, angles.shape];
  const turned = Math.min(2 * Math.floor(columns / 2), headDim);
  expectTensor(isBackwards ? 'dy' : 'qkv', qkv, [rows, Math.max(width, heads * headDim)]);
  expectTensor('angles', angles, [rows, turned]);
  const y = backend.output(qkv.shape);
  addon.rotateHeads({
    rows,
    width,
    heads,
    headDim,
    turned,
    qkv: backend.floats(qkv),
    angles: backend.floats(angles),
    isBackwards,
    y: backend.floats(y),
  });
  return y;
}
