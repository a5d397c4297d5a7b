import type { TensorInfo } from '@tensorflow/tfjs-core';

import { geluGrad } from './elementwise.js';
import {
  expectEntries,
  expectIntegers,
  expectShapes,
  expectTensor,
  floatsOf,
  type Kernel,
  type KernelCall,
  outputsOf,
} from './kernel.js';

/** Kernel of all linear layers. The residual, which is saved for the gradient, is the input of GELU. */
function linear({ inputs, attributes, backend, addon }: KernelCall, bf16: boolean): TensorInfo[] {
  const { x, weight } = inputs;
  const { bias } = inputs as Partial<typeof inputs>; // optional input
  const [rows, inDim] = x.shape;
  const outDim = weight.shape[1];
  expectShapes(inputs, { x: [rows, inDim], weight: [inDim, outDim] });
  if (bias) expectTensor('bias', bias, [outDim]);
  const hasGelu = attributes.activation === 'gelu';
  const sum = backend.output([rows, outDim]);
  const activated = hasGelu ? backend.output([rows, outDim]) : undefined;
  addon.matMul({
    ...{ batch: 1, m: rows, n: outDim, k: inDim, aStep: 0, bStep: 0 },
    ...{ transposeA: false, transposeB: false },
    bf16,
    ...floatsOf(backend, { a: x, b: weight, c: sum }),
    bias: bias ? backend.floats(bias) : null,
    activated: activated ? backend.floats(activated) : null,
  });
  return activated ? [activated, backend.residual(sum)] : [sum];
}

/** Kernel of the gradients of trained linear layers. */
function linearGrad(
  { inputs, attributes, backend, addon }: KernelCall,
  bf16: boolean,
): TensorInfo[] {
  const { dy, x, weight, residual0: sum } = inputs;
  const [rows, inDim] = x.shape;
  const outDim = weight.shape[1];
  expectShapes(inputs, { x: [rows, inDim], weight: [inDim, outDim], dy: [rows, outDim] });
  const [dx, dWeight] = outputsOf(backend, x.shape, weight.shape);
  const dBias = attributes.hasBias ? backend.output([outDim]) : undefined;
  const hasGelu = attributes.activation === 'gelu';
  addon.linearGrad({
    rows,
    in: inDim,
    out: outDim,
    bf16,
    ...floatsOf(backend, { dy, x, weight, dx, dWeight }),
    sum: hasGelu ? expectEntries('sum', sum, backend.floats(sum), rows * outDim) : null,
    dBias: dBias ? backend.floats(dBias) : null,
  });
  return dBias ? [dx, dWeight, dBias] : [dx, dWeight];
}

/** Kernel of the gradient of linear layers that are not trained: only of the input. */
function frozenLinearGrad(
  { inputs, attributes, backend, addon }: KernelCall,
  bf16: boolean,
): TensorInfo[] {
  const { dy, weight, residual0: sum } = inputs;
  const [[rows], [inDim, outDim]] = [dy.shape, weight.shape];
  expectShapes(inputs, { weight: [inDim, outDim], dy: [rows, outDim] });
  const hasGelu = attributes.activation === 'gelu';
  const dSum = hasGelu ? backend.scratch(rows * outDim) : backend.floats(dy);
  if (hasGelu) geluGrad({ x: sum, dy }, dSum, backend, addon);
  const dx = backend.output([rows, inDim]);
  addon.matMul({
    ...{ batch: 1, m: rows, n: inDim, k: outDim, aStep: 0, bStep: 0 },
    ...{ transposeA: false, transposeB: true, a: dSum, bias: null, activated: null },
    bf16,
    ...floatsOf(backend, { b: weight, c: dx }),
  });
  return [dx];
}

/** Kernels of linear layers, embeddings and factors, by the name of their op. */
export const DENSE_KERNELS: Readonly<Record<string, Kernel>> = {
  FusedLinear: (call) => linear(call, false),
  FusedLinearGrad: (call) => linearGrad(call, false),
  FrozenLinear: (call) => linear(call, false),
  FrozenLinearGrad: (call) => frozenLinearGrad(call, false),
  Bfloat16Linear: (call) => linear(call, true),
  Bfloat16LinearGrad: (call) => linearGrad(call, true),
  FrozenBfloat16Linear: (call) => linear(call, true),
  FrozenBfloat16LinearGrad: (call) => frozenLinearGrad(call, true),
  Embedding: ({ inputs, backend, addon }) => {
    const { table, ids: given } = inputs;
    const [rows, width] = table.shape;
    const [count] = given.shape;
    expectShapes(inputs, { table: [rows, width] });
    const ids = idsOf(given, count, rows, backend);
    const y = backend.output([count, width]);
    addon.gather({ count, width, ids, ...floatsOf(backend, { table, y }) });
    return [y];
  },
  EmbeddingGrad: ({ inputs, attributes, backend, addon }) => {
    const { dy, ids: given } = inputs;
    const [count, width] = dy.shape;
    const rows = attributes.rows as number; // embedding() put a number there
    expectShapes(inputs, { dy: [count, width] });
    const ids = idsOf(given, count, rows, backend);
    const dTable = backend.output([rows, width]);
    addon.scatterAdd({ count, width, rows, ids, ...floatsOf(backend, { dy, dTable }) });
    return [dTable];
  },
  Scaled: (call) => [product(call, 'x')],
  ScaledGrad: (call) => [product(call, 'dy')],
};

/** Returns the ids in a tensor after checking that they are row indices. */
function idsOf(
  ids: TensorInfo,
  count: number,
  rows: number,
  backend: KernelCall['backend'],
): Int32Array {
  expectTensor('ids', ids, [count], 'int32');
  const numbers = backend.integers(ids);
  expectIntegers('ids', numbers, rows);
  return numbers;
}

function product({ inputs, attributes, backend, addon }: KernelCall, of: 'x' | 'dy'): TensorInfo {
  const given = inputs[of];
  expectTensor(of, given, given.shape);
  const result = backend.output(given.shape);
  const { x, y } = floatsOf(backend, { x: given, y: result });
  const factor = attributes.factor as number; // scaled() of core put a number there
  addon.scale({ count: x.length, factor, x, y });
  return result;
}
