import { type Attributes, dropoutOf } from '@ramble/core/engine';
import { philoxKey } from '@ramble/core/files';

import type { DropoutMask, GateActivation } from '../addon/ops.gen.js';
import { expectShapes, expectTensor, floatsOf, type Kernel } from './kernel.js';

/** Kernel of `SeededDropout` and, with `dy` for `x`, of its gradient. */
const dropout: Kernel = ({ inputs, attributes, backend, addon }) => {
  const x = 'x' in inputs ? inputs.x : inputs.dy;
  expectTensor('x', x, x.shape);
  const result = backend.output(x.shape);
  const { branch, y } = floatsOf(backend, { branch: x, y: result });
  addon.dropout({ count: branch.length, x: null, branch, y, mask: dropoutMask(attributes) });
  return [result];
};

/** Kernels of gates and dropout, by the name of their op. */
export const ELEMENTWISE_KERNELS: Readonly<Record<string, Kernel>> = {
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

/** Returns the settings from which C++ draws the entries that core's `dropoutFactors` keeps. */
export function dropoutMask(attributes: Attributes): DropoutMask {
  const { rate, seed, step, stream } = dropoutOf(attributes);
  const [key0, key1] = philoxKey({ seed, purpose: 'dropout', step });
  return { threshold: Math.ceil(rate * 2 ** 32), factor: 1 / (1 - rate), key0, key1, step, stream };
}
