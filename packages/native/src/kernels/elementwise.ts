import type { Attributes, Dropout } from '@ramble/core/engine';

import type { DropoutMask, GateActivation } from '../addon/ops.gen.js';
import { expectTensor, type Kernel } from './kernel.js';

/** The kernel of `Gated`. */
export const gated: Kernel = ({ inputs: { x }, attributes, backend, addon }) => {
  const [rows, columns] = x.shape;
  const width = Math.floor(columns / 2);
  expectTensor('x', x, [rows, 2 * width]);
  const y = backend.output([rows, width]);
  const activation = attributes.activation as GateActivation; // set by gated()
  addon.gated({ rows, width, activation, x: backend.floats(x), y: backend.floats(y) });
  return [y];
};

/** The kernel of `GatedGrad`. */
export const gatedGrad: Kernel = ({ inputs: { dy, x }, attributes, backend, addon }) => {
  const [rows, width] = dy.shape;
  expectTensor('dy', dy, [rows, width]);
  expectTensor('x', x, [rows, 2 * width]);
  const dx = backend.output(x.shape);
  addon.gatedGrad({
    rows,
    width,
    activation: attributes.activation as GateActivation, // as above
    dy: backend.floats(dy),
    x: backend.floats(x),
    dx: backend.floats(dx),
  });
  return [dx];
};

/** The purpose `dropout` in the upper byte of Philox's key: the third purpose in core's list. */
const PURPOSE = 3 << 24;

/** Kernel of `SeededDropout` and, with `dy` for `x`, of its gradient. */
export const dropout: Kernel = ({ inputs, attributes, backend, addon }) => {
  const x = 'x' in inputs ? inputs.x : inputs.dy;
  expectTensor('x', x, x.shape);
  const y = backend.output(x.shape);
  const numbers = backend.floats(x);
  addon.dropout({
    count: numbers.length,
    x: null,
    branch: numbers,
    y: backend.floats(y),
    mask: dropoutMask(attributes),
  });
  return [y];
};

/** The kernel of `Residual`. */
export const residual: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { x, branch } = inputs;
  expectTensor('x', x, x.shape);
  expectTensor('branch', branch, x.shape);
  const y = backend.output(x.shape);
  const numbers = backend.floats(x);
  addon.dropout({
    count: numbers.length,
    x: numbers,
    branch: backend.floats(branch),
    y: backend.floats(y),
    mask: dropoutMask(attributes),
  });
  return [y];
};

/** Kernel of `ResidualGrad`: both gradients share the numbers of `dy` if nothing is dropped. */
export const residualGrad: Kernel = (call) => {
  const { inputs, attributes, backend } = call;
  const dx = backend.share(inputs.dy);
  return attributes.rate === 0 ? [dx, backend.share(inputs.dy)] : [dx, ...dropout(call)];
};

/** Returns the settings from which C++ draws the entries that core's `dropoutFactors` keeps. */
export function dropoutMask(attributes: Attributes): DropoutMask {
  const { rate, seed, step, stream } = attributes as unknown as Dropout; // the ops put them there
  const seedHigh = Math.floor(seed / 2 ** 32);
  return {
    threshold: Math.ceil(rate * 2 ** 32),
    factor: 1 / (1 - rate),
    key0: seed >>> 0,
    key1: (seedHigh | PURPOSE) >>> 0,
    step,
    stream,
  };
}
