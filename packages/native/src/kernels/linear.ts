import { expectEntries, expectTensor } from './expect-tensor.js';
import type { Kernel } from './kernel.js';

/** `FusedLinear`: the residual is what GELU was applied to. */
export const linear: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { x, weight } = inputs;
  const { bias } = inputs as Partial<typeof inputs>; // where the layer has one
  const [rows, inDim] = x.shape;
  const outDim = weight.shape[1];
  expectTensor('x', x, [rows, inDim]);
  expectTensor('weight', weight, [inDim, outDim]);
  if (bias) expectTensor('bias', bias, [outDim]);
  const hasGelu = attributes.activation === 'gelu';
  const sum = backend.output([rows, outDim]);
  const activated = hasGelu ? backend.output([rows, outDim]) : undefined;
  addon.matMul({
    batch: 1,
    m: rows,
    n: outDim,
    k: inDim,
    a: backend.floats(x),
    b: backend.floats(weight),
    transposeA: false,
    transposeB: false,
    aStep: 0,
    bStep: 0,
    bias: bias ? backend.floats(bias) : null,
    c: backend.floats(sum),
    activated: activated ? backend.floats(activated) : null,
  });
  return activated ? [activated, backend.residual(sum)] : [sum];
};

/** The kernel of `FusedLinearGrad`. */
export const linearGrad: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { dy, x, weight, residual0: sum } = inputs;
  const [rows, inDim] = x.shape;
  const outDim = weight.shape[1];
  expectTensor('x', x, [rows, inDim]);
  expectTensor('weight', weight, [inDim, outDim]);
  expectTensor('dy', dy, [rows, outDim]);
  const dx = backend.output(x.shape);
  const dWeight = backend.output(weight.shape);
  const dBias = attributes.hasBias ? backend.output([outDim]) : undefined;
  addon.linearGrad({
    rows,
    in: inDim,
    out: outDim,
    dy: backend.floats(dy),
    x: backend.floats(x),
    weight: backend.floats(weight),
    sum:
      attributes.activation === 'gelu'
        ? expectEntries('sum', sum, backend.floats(sum), rows * outDim)
        : null,
    dx: backend.floats(dx),
    dWeight: backend.floats(dWeight),
    dBias: dBias ? backend.floats(dBias) : null,
  });
  return dBias ? [dx, dWeight, dBias] : [dx, dWeight];
};
