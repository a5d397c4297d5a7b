import type { TensorInfo } from '@tensorflow/tfjs-core';

import {
  expectEntries,
  expectIntegers,
  expectTensor,
  type Kernel,
  type KernelCall,
} from './kernel.js';

/** Kernel of `FusedLinear`. The residual is the input of GELU. */
export const linear: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { x, weight } = inputs;
  const { bias } = inputs as Partial<typeof inputs>; // optional input
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

/** The kernel of `Embedding`. */
export const embedding: Kernel = ({ inputs, backend, addon }) => {
  const { table, ids } = inputs;
  const [rows, width] = table.shape;
  const [count] = ids.shape;
  expectTensor('table', table, [rows, width]);
  expectTensor('ids', ids, [count], 'int32');
  const numbers = backend.integers(ids);
  expectIntegers('ids', numbers, rows);
  const y = backend.output([count, width]);
  addon.gather({
    count,
    width,
    ids: numbers,
    table: backend.floats(table),
    y: backend.floats(y),
  });
  return [y];
};

/** The kernel of `EmbeddingGrad`. */
export const embeddingGrad: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { dy, ids } = inputs;
  const [count, width] = dy.shape;
  const rows = attributes.rows as number; // embedding() put a number there
  expectTensor('dy', dy, [count, width]);
  expectTensor('ids', ids, [count], 'int32');
  const numbers = backend.integers(ids);
  expectIntegers('ids', numbers, rows);
  const dTable = backend.output([rows, width]);
  addon.scatterAdd({
    count,
    width,
    rows,
    ids: numbers,
    dy: backend.floats(dy),
    dTable: backend.floats(dTable),
  });
  return [dTable];
};

/** The kernel of `Scaled`. */
export const scaled: Kernel = (call) => [product(call, 'x')];

/** The kernel of `ScaledGrad`. */
export const scaledGrad: Kernel = (call) => [product(call, 'dy')];

function product(call: KernelCall, of: 'x' | 'dy'): TensorInfo {
  const { inputs, attributes, backend, addon } = call;
  const x = inputs[of];
  expectTensor(of, x, x.shape);
  const y = backend.output(x.shape);
  const numbers = backend.floats(x);
  const factor = attributes.factor as number; // scaled() of core put a number there
  addon.scale({ count: numbers.length, factor, x: numbers, y: backend.floats(y) });
  return y;
}
