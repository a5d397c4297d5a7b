import type { Attributes, Dropout } from '@ramble/core';

import type { DropoutArguments } from '../addon/addon-types.js';
import { expectTensor } from './expect-tensor.js';
import type { Kernel } from './kernel.js';

/** The purpose `dropout` in the upper byte of Philox's key: the third of core's list. */
const PURPOSE = 3 << 24;

/** `SeededDropout` and, with `dy` for `x`, its gradient. */
export const dropout: Kernel = ({ inputs, attributes, backend, addon }) => {
  const x = 'x' in inputs ? inputs.x : inputs.dy;
  expectTensor('x', x, x.shape);
  const y = backend.output(x.shape);
  const numbers = backend.floats(x);
  addon.dropout(numbers.length, null, numbers, backend.floats(y), ...dropoutArguments(attributes));
  return [y];
};

/** `Residual`. */
export const residual: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { x, branch } = inputs;
  expectTensor('x', x, x.shape);
  expectTensor('branch', branch, x.shape);
  const y = backend.output(x.shape);
  const numbers = backend.floats(x);
  addon.dropout(
    numbers.length,
    numbers,
    backend.floats(branch),
    backend.floats(y),
    ...dropoutArguments(attributes),
  );
  return [y];
};

/** `ResidualGrad`: both share the numbers of `dy` when nothing is dropped. */
export const residualGrad: Kernel = (call) => {
  const { inputs, attributes, backend } = call;
  const dx = backend.share(inputs.dy);
  return attributes.rate === 0 ? [dx, backend.share(inputs.dy)] : [dx, ...dropout(call)];
};

/** How C++ draws the factors of `dropoutFactors`. */
export function dropoutArguments(attributes: Attributes): DropoutArguments {
  const { rate, seed, step, stream } = attributes as unknown as Dropout; // the ops put them there
  const seedHigh = Math.floor(seed / 2 ** 32);
  const keys = [seed >>> 0, (seedHigh | PURPOSE) >>> 0] as const;
  return [Math.ceil(rate * 2 ** 32), 1 / (1 - rate), ...keys, step, stream];
}
