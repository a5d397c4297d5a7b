import { expectEntries, expectTensor } from './expect-tensor.js';
import type { Kernel } from './kernel.js';

/** `LayerNorm`: the residuals are each row's mean and inverse deviation. */
export const layerNorm: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { x, gain, bias } = inputs;
  const [rows, width] = x.shape;
  expectTensor('x', x, [rows, width]);
  expectTensor('gain', gain, [width]);
  expectTensor('bias', bias, [width]);
  const y = backend.output(x.shape);
  const mean = backend.output([rows]);
  const inverse = backend.output([rows]);
  addon.layerNorm({
    rows,
    width,
    eps: attributes.eps as number, // layerNorm() put a number there
    x: backend.floats(x),
    gain: backend.floats(gain),
    bias: backend.floats(bias),
    y: backend.floats(y),
    mean: backend.floats(mean),
    inverse: backend.floats(inverse),
  });
  return [y, backend.residual(mean), backend.residual(inverse)];
};

/** The kernel of `LayerNormGrad`. */
export const layerNormGrad: Kernel = ({ inputs, backend, addon }) => {
  const { dy, x, gain, residual0: mean, residual1: inverse } = inputs;
  const [rows, width] = x.shape;
  expectTensor('x', x, [rows, width]);
  expectTensor('dy', dy, x.shape);
  expectTensor('gain', gain, [width]);
  const dx = backend.output(x.shape);
  const dGain = backend.output([width]);
  const dBias = backend.output([width]);
  addon.layerNormGrad({
    rows,
    width,
    dy: backend.floats(dy),
    x: backend.floats(x),
    gain: backend.floats(gain),
    mean: expectEntries('mean', mean, backend.floats(mean), rows),
    inverse: expectEntries('inverseDeviation', inverse, backend.floats(inverse), rows),
    dx: backend.floats(dx),
    dGain: backend.floats(dGain),
    dBias: backend.floats(dBias),
  });
  return [dx, dGain, dBias];
};
