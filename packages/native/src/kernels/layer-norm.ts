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
  const inverseDeviation = backend.output([rows]);
  addon.layerNorm(
    rows,
    width,
    attributes.eps as number, // layerNorm() put a number there
    backend.floats(x),
    backend.floats(gain),
    backend.floats(bias),
    backend.floats(y),
    backend.floats(mean),
    backend.floats(inverseDeviation),
  );
  return [y, backend.residual(mean), backend.residual(inverseDeviation)];
};

/** `LayerNormGrad`. */
export const layerNormGrad: Kernel = ({ inputs, backend, addon }) => {
  const { dy, x, gain, residual0: mean, residual1: inverseDeviation } = inputs;
  const [rows, width] = x.shape;
  expectTensor('x', x, [rows, width]);
  expectTensor('dy', dy, x.shape);
  expectTensor('gain', gain, [width]);
  const dx = backend.output(x.shape);
  const dGain = backend.output([width]);
  const dBias = backend.output([width]);
  addon.layerNormGrad(
    rows,
    width,
    backend.floats(dy),
    backend.floats(x),
    backend.floats(gain),
    expectEntries('mean', mean, backend.floats(mean), rows),
    expectEntries('inverseDeviation', inverseDeviation, backend.floats(inverseDeviation), rows),
    backend.floats(dx),
    backend.floats(dGain),
    backend.floats(dBias),
  );
  return [dx, dGain, dBias];
};
