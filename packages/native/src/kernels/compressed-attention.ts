import type { TensorInfo } from '@tensorflow/tfjs-core';

import { attentionSizes, lengthsOf } from './attention.js';
import { dropoutArguments } from './dropout.js';
import { expectEntries, expectTensor } from './expect-tensor.js';
import type { Kernel, KernelCall } from './kernel.js';

/** No blocks and no distances. */
const NO_PLACES = [0, 0, null, 0] as const;

/**
 * `CompressedAttention`: the residuals are the log-sums of the scores, what was read, and the lengths
 * where there are some.
 */
export const compressedAttention: Kernel = (call) => {
  const { inputs, attributes, backend, addon } = call;
  const { lengths } = inputs as Partial<typeof inputs>;
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const read = backend.output([batch * length, nHead * headDim]);
  const logSum = backend.output([batch * nHead * length]);
  addon.attention(
    batch,
    length,
    nHead,
    headDim,
    backend.floats(inputs.qkv),
    null,
    lengthsOf(call, 'lengths', lengths),
    ...NO_PLACES,
    ...memoryOf(call),
    backend.floats(read),
    backend.floats(logSum),
    ...dropoutArguments(attributes),
  );
  const residuals = [logSum, backend.share(read)];
  if (lengths) residuals.push(backend.share(lengths));
  return [read, ...residuals.map((residual) => backend.residual(residual))];
};

/** `CompressedAttentionGrad`. */
export const compressedAttentionGrad: Kernel = (call) => {
  const { inputs, attributes, backend, addon } = call;
  const { dy, qkv, keys, values, residual0: logSum, residual1: read } = inputs;
  const lengths = attributes.isPadded ? inputs.residual2 : undefined;
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const C = nHead * headDim;
  expectTensor('dy', dy, [batch * length, C]);
  const dQkv = backend.output(qkv.shape);
  const dMemory = [keys, values].map(({ shape }) => {
    const gradient = backend.output(shape);
    if (shape[1] > C) backend.floats(gradient).fill(0); // of the columns that are not read
    return gradient;
  });
  const [dKeys, dValues] = dMemory.map((gradient, i) => partOf(call, gradient, i));
  addon.attentionGrad(
    batch,
    length,
    nHead,
    headDim,
    backend.floats(qkv),
    null,
    lengthsOf(call, 'lengths', lengths),
    ...NO_PLACES,
    ...memoryOf(call),
    expectEntries('read', read, backend.floats(read), batch * length * C),
    expectEntries('logSum', logSum, backend.floats(logSum), batch * nHead * length),
    backend.floats(dy),
    backend.floats(dQkv),
    null,
    dKeys,
    dValues,
    ...dropoutArguments(attributes),
  );
  return [dQkv, ...dMemory];
};

/** A group's positions, its keys and values, and how far apart their rows are. */
function memoryOf(call: KernelCall): readonly [number, Float32Array, Float32Array, number] {
  const { keys, values } = call.inputs;
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const groupLength = call.attributes.groupLength as number; // compressedAttention() put it there
  const C = nHead * headDim;
  const shape = [batch * Math.ceil(length / groupLength), keys.shape[1] === 3 * C ? 3 * C : C];
  expectTensor('keys', keys, shape);
  expectTensor('values', values, shape);
  return [groupLength, partOf(call, keys, 0), partOf(call, values, 1), shape[1]];
}

/** The keys (0) or values (1) in rows that are these alone, or laid out as qkv. */
function partOf(call: KernelCall, memory: TensorInfo, part: number): Float32Array {
  const { nHead, headDim } = attentionSizes(call);
  const C = nHead * headDim;
  return call.backend.floats(memory).subarray(memory.shape[1] === C ? 0 : (1 + part) * C);
}
