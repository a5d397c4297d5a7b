import { expectEntries, expectTensor } from './expect-tensor.js';
import type { Kernel } from './kernel.js';

/** `RmsNorm`: the residual is what each row was multiplied by beside the gain. */
export const rmsNorm: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { x, gain } = inputs;
  const [rows, width] = x.shape;
  expectTensor('x', x, [rows, width]);
  expectTensor('gain', gain, [width]);
  const y = backend.output(x.shape);
  const inverse = backend.output([rows]);
  addon.rmsNorm({
    rows,
    width,
    eps: attributes.eps as number, // rmsNorm() put a number there
    x: backend.floats(x),
    gain: backend.floats(gain),
    y: backend.floats(y),
    inverse: backend.floats(inverse),
  });
  return [y, backend.residual(inverse)];
};

/** The kernel of `RmsNormGrad`. */
export const rmsNormGrad: Kernel = ({ inputs, backend, addon }) => {
  const { dy, x, gain, residual0: inverse } = inputs;
  const [rows, width] = x.shape;
  expectTensor('x', x, [rows, width]);
  expectTensor('dy', dy, x.shape);
  expectTensor('gain', gain, [width]);
  const dx = backend.output(x.shape);
  const dGain = backend.output([width]);
  addon.rmsNormGrad({
    rows,
    width,
    dy: backend.floats(dy),
    x: backend.floats(x),
    gain: backend.floats(gain),
    inverse: expectEntries('inverse', inverse, backend.floats(inverse), rows),
    dx: backend.floats(dx),
    dGain: backend.floats(dGain),
  });
  return [dx, dGain];
};
