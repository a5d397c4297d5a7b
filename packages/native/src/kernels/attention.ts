import type { TensorInfo } from '@tensorflow/tfjs-core';

import { dropoutArguments } from './dropout.js';
import { expectEntries, expectIntegers, expectTensor } from './expect-tensor.js';
import type { Kernel, KernelCall } from './kernel.js';

/**
 * `Attention` and `RelativeAttention`: the residuals are the log-sums of the scores, what was read, and the prefix lengths
 * and the lengths where there are some.
 */
export const attention: Kernel = (call) => {
  const { inputs, attributes, backend, addon } = call;
  const { qkv, prefixLengths, lengths } = inputs as Partial<typeof inputs> & { qkv: TensorInfo };
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const read = backend.output([batch * length, nHead * headDim]);
  const logSum = backend.output([batch * nHead * length]);
  addon.attention(
    batch,
    length,
    nHead,
    headDim,
    backend.floats(qkv),
    lengthsOf(call, 'prefixLengths', prefixLengths),
    lengthsOf(call, 'lengths', lengths),
    ...placesOf(call),
    ...NO_MEMORY,
    backend.floats(read),
    backend.floats(logSum),
    ...dropoutArguments(attributes),
  );
  const residuals = [logSum, backend.share(read)];
  if (prefixLengths) residuals.push(backend.share(prefixLengths));
  if (lengths) residuals.push(backend.share(lengths));
  return [read, ...residuals.map((residual) => backend.residual(residual))];
};

/** `AttentionGrad` and `RelativeAttentionGrad`. */
export const attentionGrad: Kernel = (call) => {
  const { inputs, attributes, backend, addon } = call;
  const { dy, qkv, residual0: logSum, residual1: read } = inputs;
  const { distances } = inputs as Partial<typeof inputs>; // of relative attention
  const hasPrefix = attributes.visibility === 'prefix';
  const prefixLengths = hasPrefix ? inputs.residual2 : undefined;
  const lengths = attributes.isPadded ? inputs[hasPrefix ? 'residual3' : 'residual2'] : undefined;
  const { batch, length, nHead, headDim } = attentionSizes(call);
  expectTensor('dy', dy, [batch * length, nHead * headDim]);
  const dQkv = backend.output(qkv.shape);
  const dDistances = distances && backend.output(distances.shape);
  addon.attentionGrad(
    batch,
    length,
    nHead,
    headDim,
    backend.floats(qkv),
    lengthsOf(call, 'prefixLengths', prefixLengths),
    lengthsOf(call, 'lengths', lengths),
    ...placesOf(call),
    ...NO_MEMORY,
    expectEntries('read', read, backend.floats(read), batch * length * nHead * headDim),
    expectEntries('logSum', logSum, backend.floats(logSum), batch * nHead * length),
    backend.floats(dy),
    backend.floats(dQkv),
    dDistances ? backend.floats(dDistances) : null,
    null,
    null,
    ...dropoutArguments(attributes),
  );
  return dDistances ? [dQkv, dDistances] : [dQkv];
};

/** A group's positions, its keys and values, and how far apart their rows are. */
const NO_MEMORY = [0, null, null, 0] as const;

/** B, T, H and D. */
export function attentionSizes({ inputs: { qkv }, attributes }: KernelCall): {
  batch: number;
  length: number;
  nHead: number;
  headDim: number;
} {
  const { batch, nHead } = attributes as { batch: number; nHead: number }; // attention() put them there
  const [rows, columns] = qkv.shape;
  const [length, headDim] = [Math.floor(rows / batch), Math.floor(columns / 3 / nHead)];
  expectTensor('qkv', qkv, [batch * length, 3 * nHead * headDim]);
  return { batch, length, nHead, headDim };
}

/** Blocks and distances, as the addon takes them; 0 and null without. */
function placesOf({
  inputs,
  attributes,
  backend,
}: KernelCall): readonly [number, number, Float32Array | null, number] {
  const { distances } = inputs as Partial<typeof inputs>; // of relative attention
  const { blockLength, blocksBack, nHead } = attributes as Record<string, number>; // as above
  if (!distances) return [blockLength, blocksBack, null, 0];
  const width = Math.floor(inputs.qkv.shape[1] / 3 / nHead);
  const rows = Math.floor(distances.shape[0] / nHead);
  expectTensor('distances', distances, [nHead * rows, width]);
  return [blockLength, blocksBack, backend.floats(distances), rows];
}

/** A number of positions for each sequence; null where none are given. */
export function lengthsOf(
  { inputs: { qkv }, attributes, backend }: KernelCall,
  name: string,
  tensor: TensorInfo | undefined,
): Int32Array | null {
  if (!tensor) return null;
  const batch = attributes.batch as number; // as above
  const lengths = expectEntries(name, tensor, backend.integers(tensor), batch);
  expectIntegers(name, lengths, qkv.shape[0] / batch + 1);
  return lengths;
}
