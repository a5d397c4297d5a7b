import type { GateActivation } from '../addon/ops.gen.js';
import { expectTensor } from './expect-tensor.js';
import type { Kernel } from './kernel.js';

/** The kernel of `Gated`. */
export const gated: Kernel = ({ inputs: { x }, attributes, backend, addon }) => {
  const [rows, columns] = x.shape;
  const width = Math.floor(columns / 2);
  expectTensor('x', x, [rows, 2 * width]);
  const y = backend.output([rows, width]);
  const activation = attributes.activation as GateActivation; // gated() put one there
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
