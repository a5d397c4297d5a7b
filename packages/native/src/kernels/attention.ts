import type { TensorInfo } from '@tensorflow/tfjs-core';

import { dropoutArguments } from './dropout.js';
import { expectTensor } from './expect-tensor.js';
import type { Kernel, KernelCall } from './kernel.js';

/**
 * `Attention`: the residuals are the log-sums of the scores, what was read, and the prefix lengths
 * where there are some.
 */
export const attention: Kernel = (call) => {
  const { inputs, attributes, backend, addon } = call;
  const { qkv, prefixLengths } = inputs as { qkv: TensorInfo; prefixLengths?: TensorInfo };
  const [batch, length, nHead, headDim] = sizesOf(call);
  expectTensor('qkv', qkv, [batch * length, 3 * nHead * headDim]);
  if (prefixLengths) expectTensor('prefixLengths', prefixLengths, [batch], 'int32');
  const read = backend.output([batch * length, nHead * headDim]);
  const logSum = backend.output([batch * nHead * length]);
  addon.attention(
    batch,
    length,
    nHead,
    headDim,
    backend.floats(qkv),
    prefixLengths ? backend.integers(prefixLengths) : null,
    backend.floats(read),
    backend.floats(logSum),
    ...dropoutArguments(attributes),
  );
  const residuals = [logSum, backend.share(read)];
  if (prefixLengths) residuals.push(backend.share(prefixLengths));
  return [read, ...residuals.map((residual) => backend.residual(residual))];
};

/** `AttentionGrad`. */
export const attentionGrad: Kernel = (call) => {
  const { inputs, attributes, backend, addon } = call;
  const { dy, qkv, residual0: logSum, residual1: read } = inputs;
  const prefixLengths = inputs.residual2 as TensorInfo | undefined; // as the forward kernel had it
  const [batch, length, nHead, headDim] = sizesOf(call);
  expectTensor('dy', dy, [batch * length, nHead * headDim]);
  const dQkv = backend.output(qkv.shape);
  addon.attentionGrad(
    batch,
    length,
    nHead,
    headDim,
    backend.floats(qkv),
    prefixLengths ? backend.integers(prefixLengths) : null,
    backend.floats(read),
    backend.floats(logSum),
    backend.floats(dy),
    backend.floats(dQkv),
    ...dropoutArguments(attributes),
  );
  return [dQkv];
};

/** B, T, H and D. */
function sizesOf({ inputs, attributes }: KernelCall): [number, number, number, number] {
  const { batch, nHead } = attributes as { batch: number; nHead: number }; // attention() put them there
  const [rows, columns] = inputs.qkv.shape;
  return [batch, rows / batch, nHead, columns / 3 / nHead];
}
