import { expectEntries, expectTensor } from './expect-tensor.js';
import type { Kernel } from './kernel.js';

/** `FusedLinear`: the residual is what GELU was applied to. */
export const linear: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { x, weight, bias } = inputs;
  const [rows, inDim] = x.shape;
  const outDim = weight.shape[1];
  expectTensor('x', x, [rows, inDim]);
  expectTensor('weight', weight, [inDim, outDim]);
  expectTensor('bias', bias, [outDim]);
  const hasGelu = attributes.activation === 'gelu';
  const sum = backend.output([rows, outDim]);
  const activated = hasGelu ? backend.output([rows, outDim]) : undefined;
  addon.matMul(
    backend.floats(x),
    backend.floats(weight),
    backend.floats(sum),
    1,
    rows,
    outDim,
    inDim,
    false,
    false,
    0,
    0,
    backend.floats(bias),
    activated ? backend.floats(activated) : null,
  );
  return activated ? [activated, backend.residual(sum)] : [sum];
};

/** `FusedLinearGrad`. */
export const linearGrad: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { dy, x, weight, residual0: sum } = inputs;
  const [rows, inDim] = x.shape;
  const outDim = weight.shape[1];
  expectTensor('x', x, [rows, inDim]);
  expectTensor('weight', weight, [inDim, outDim]);
  expectTensor('dy', dy, [rows, outDim]);
  const dx = backend.output(x.shape);
  const dWeight = backend.output(weight.shape);
  const dBias = backend.output([outDim]);
  addon.linearGrad(
    rows,
    inDim,
    outDim,
    backend.floats(dy),
    backend.floats(x),
    backend.floats(weight),
    attributes.activation === 'gelu'
      ? expectEntries('sum', sum, backend.floats(sum), rows * outDim)
      : null,
    backend.floats(dx),
    backend.floats(dWeight),
    backend.floats(dBias),
  );
  return [dx, dWeight, dBias];
};
