import { type Attributes, dropoutOf, partsMask } from '@ramble/core/engine';
import { philoxKey } from '@ramble/core/files';

import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { DropoutMask, GateActivation, NativeOps } from '../addon/ops.gen.js';
import type { KernelMemory } from '../backend/kernel-memory.js';
import {
  expectEntries,
  expectShapes,
  expectTensor,
  floatsOf,
  type Kernel,
  type KernelCall,
  walkOf,
} from './kernel.js';

/** Kernel of `SeededDropout` and, with `dy` for `x`, of its gradient. */
const dropout: Kernel = ({ inputs, attributes, backend, addon }) => {
  const x = 'x' in inputs ? inputs.x : inputs.dy;
  expectTensor('x', x, x.shape);
  const result = backend.output(x.shape);
  const { branch, y } = floatsOf(backend, { branch: x, y: result });
  addon.dropout({ count: branch.length, x: null, branch, y, mask: dropoutMask(attributes) });
  return [result];
};

function maskedParts({ attributes, backend, addon }: KernelCall, up: TensorInfo): TensorInfo {
  const columns = up.shape[1] ?? 1;
  const mask = partsMask(attributes, columns);
  expectTensor('up', up, [mask.length / columns, columns]);
  const result = backend.output(up.shape);
  const { a, y } = floatsOf(backend, { a: up, y: result });
  const walk = walkOf([{ size: a.length, strides: [1, 1] }]);
  addon.binary({ kind: 'multiply', walk, a, b: mask, y });
  return result;
}

/** Computes the gradient with respect to the input `x` of GELU, into `y`. */
export function geluGrad(
  { x, dy }: Readonly<Record<'x' | 'dy', TensorInfo>>,
  y: Float32Array,
  backend: KernelMemory,
  addon: NativeOps,
): void {
  expectTensor('dy', dy, dy.shape);
  const numbers = expectEntries('x', x, backend.floats(x), y.length);
  addon.applyGelu({ count: y.length, x: numbers, dy: backend.floats(dy), y });
}

/** Kernels of gates and dropout, by the name of their op. */
export const ELEMENTWISE_KERNELS: Readonly<Record<string, Kernel>> = {
  Gelu: ({ inputs: { x }, backend, addon }) => {
    expectTensor('x', x, x.shape);
    const result = backend.output(x.shape);
    const arrays = floatsOf(backend, { x, y: result });
    addon.applyGelu({ count: arrays.x.length, ...arrays, dy: null });
    return [result];
  },
  GeluGrad: ({ inputs: { dy, x }, backend, addon }) => {
    const result = backend.output(dy.shape);
    geluGrad({ x, dy }, backend.floats(result), backend, addon);
    return [result];
  },
  /**
   * Applies the mask of the LoRA matrix B, which is 1 where a row and a column belong to the same part, and 0
   * elsewhere.
   */
  LoraParts: (call) => [maskedParts(call, call.inputs.up)],
  LoraPartsGrad: (call) => [maskedParts(call, call.inputs.dy)],
  Gated: ({ inputs: { x }, attributes, backend, addon }) => {
    const [rows, columns] = x.shape;
    const width = Math.floor(columns / 2);
    expectTensor('x', x, [rows, 2 * width]);
    const y = backend.output([rows, width]);
    const activation = attributes.activation as GateActivation; // set by gated()
    addon.gated({ rows, width, activation, ...floatsOf(backend, { x, y }) });
    return [y];
  },
  GatedGrad: ({ inputs, attributes, backend, addon }) => {
    const { dy, x } = inputs;
    const [rows, width] = dy.shape;
    expectShapes(inputs, { dy: [rows, width], x: [rows, 2 * width] });
    const dx = backend.output(x.shape);
    const activation = attributes.activation as GateActivation; // as above
    addon.gatedGrad({ rows, width, activation, ...floatsOf(backend, { dy, x, dx }) });
    return [dx];
  },
  SeededDropout: dropout,
  SeededDropoutGrad: dropout,
  Residual: ({ inputs, attributes, backend, addon }) => {
    const { x, branch } = inputs;
    expectShapes(inputs, { x: x.shape, branch: x.shape });
    const y = backend.output(x.shape);
    const arrays = floatsOf(backend, { x, branch, y });
    addon.dropout({ count: arrays.x.length, ...arrays, mask: dropoutMask(attributes) });
    return [y];
  },
  /** Both gradients share the numbers of `dy` if nothing is dropped. */
  ResidualGrad: (call) => {
    const { inputs, attributes, backend } = call;
    const dx = backend.share(inputs.dy);
    return attributes.rate === 0 ? [dx, backend.share(inputs.dy)] : [dx, ...dropout(call)];
  },
};

/** Returns the settings of a dropout mask for C++, which keeps the same entries as core's `dropoutFactors`. */
export function dropoutMask(attributes: Attributes): DropoutMask {
  const { rate, seed, step, stream } = dropoutOf(attributes);
  const [key0, key1] = philoxKey({ seed, purpose: 'dropout', step });
  return { threshold: Math.ceil(rate * 2 ** 32), factor: 1 / (1 - rate), key0, key1, step, stream };
}
