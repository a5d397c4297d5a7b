import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Attention } from '../addon/ops.gen.js';
import { dropoutMask } from './elementwise.js';
import {
  expectEntries,
  expectIntegers,
  expectTensor,
  floatsOf,
  type Kernel,
  type KernelCall,
} from './kernel.js';

/**
 * Kernel of `Attention`, `RelativeAttention` and `CompressedAttention`. The residuals, which are saved for the
 * gradient, are the log-sum-exp of each row of scores, the results, and the prefix lengths and lengths if the inputs
 * have them.
 */
const attention: Kernel = (call) => {
  const { inputs, backend, addon } = call;
  const { prefixLengths, lengths } = inputs as Partial<typeof inputs>; // optional inputs
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const read = backend.output([batch * length, nHead * headDim]);
  const logSum = backend.output([batch * nHead * length]);
  addon.attention(attentionFields(call, { prefixLengths, lengths, read, logSum }));
  const residuals = [logSum, backend.share(read)];
  if (prefixLengths) residuals.push(backend.share(prefixLengths));
  if (lengths) residuals.push(backend.share(lengths));
  return [read, ...residuals.map((residual) => backend.residual(residual))];
};

/**
 * Kernel of the gradients of attention. It returns the gradient of qkv, and after it the gradient of the learned
 * distance vectors, or the gradients of the keys and values of groups.
 */
const attentionGrad: Kernel = (call) => {
  const { inputs, attributes, backend, addon } = call;
  const { dy, qkv, residual0: logSum, residual1: read } = inputs;
  const hasPrefix = attributes.visibility === 'prefix';
  const prefixLengths = hasPrefix ? inputs.residual2 : undefined;
  const lengths = attributes.isPadded ? inputs[hasPrefix ? 'residual3' : 'residual2'] : undefined;
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const C = nHead * headDim;
  expectTensor('dy', dy, [batch * length, C]);
  const forward = attentionFields(call, { prefixLengths, lengths, read, logSum });
  const dQkv = backend.output(qkv.shape);
  const dDistances = 'distances' in inputs ? [backend.output(inputs.distances.shape)] : [];
  const dMemory = ('keys' in inputs ? [inputs.keys, inputs.values] : []).map(({ shape }) => {
    const gradient = backend.output(shape);
    if (shape[1] > C) backend.floats(gradient).fill(0); // clears columns that are not read
    return gradient;
  });
  const [distances = null] = dDistances.map((gradient) => backend.floats(gradient));
  const [dKeys = null, dValues = null] = dMemory.map((gradient, i) =>
    memoryPart(call, gradient, i),
  );
  const arrays = floatsOf(backend, { dRead: dy, dQkv });
  addon.attentionGrad({ forward, ...arrays, dDistances: distances, dKeys, dValues });
  return [dQkv, ...dDistances, ...dMemory];
};

/**
 * Sizes of an attention call: number of sequences, positions of each, heads of queries, heads of keys and values, and
 * width of a head.
 */
interface AttentionSizes {
  readonly batch: number;
  readonly length: number;
  readonly nHead: number;
  readonly nKvHead: number;
  readonly headDim: number;
}

/** Returns the sizes of an attention call. */
function attentionSizes({ inputs: { qkv }, attributes }: KernelCall): AttentionSizes {
  const { batch, nHead } = attributes as { batch: number; nHead: number }; // attention() put them there
  const { nKvHead = nHead } = attributes as { nKvHead?: number }; // only set if heads may share keys
  const heads = nHead + 2 * nKvHead;
  const [rows, columns] = qkv.shape;
  const [length, headDim] = [Math.floor(rows / batch), Math.floor(columns / heads)];
  expectTensor('qkv', qkv, [batch * length, heads * headDim]);
  return { batch, length, nHead, nKvHead, headDim };
}

/** Tensors that are inputs or outputs of attention in the forward pass, and residuals of it in the gradient. */
interface AttentionTensors {
  /** Prefix lengths, int32 `[B]`; undefined without prefixes. */
  readonly prefixLengths: TensorInfo | undefined;
  /** Length of each sequence without its padding, int32 `[B]`; undefined if no sequence is padded. */
  readonly lengths: TensorInfo | undefined;
  /** Outputs of attention, which the forward pass computes and the gradient reads. */
  readonly read: TensorInfo;
  readonly logSum: TensorInfo;
}

/**
 * Returns the addon's arguments that the forward pass and the gradient of attention have in common.
 *
 * @throws TypeError or RangeError that names the tensor.
 */
function attentionFields(call: KernelCall, tensors: AttentionTensors): Attention {
  const { batch, length, nHead, nKvHead, headDim } = attentionSizes(call);
  const { inputs, attributes, backend } = call;
  const numbers = attributes as Record<string, number | undefined>; // as above
  const { blockLength = 0, blocksBack = 0, windowLength = 0, scale, cap = 0 } = numbers;
  const distances = distancesOf(call);
  const memory = memoryOf(call);
  const count = batch * length * nHead;
  return {
    batch,
    length,
    heads: nHead,
    keyHeads: nKvHead,
    headDim,
    scale: scoreScale(scale, headDim),
    cap,
    qkv: backend.floats(inputs.qkv),
    prefix: lengthsOf(call, 'prefixLengths', tensors.prefixLengths),
    ends: lengthsOf(call, 'lengths', tensors.lengths),
    block: blockLength,
    back: blocksBack,
    window: windowLength,
    distances: distances && backend.floats(distances),
    reach: distances ? distances.shape[0] / nHead : 0,
    group: memory ? memory.groupLength : 0,
    keys: memory && memoryPart(call, inputs.keys, 0),
    values: memory && memoryPart(call, inputs.values, 1),
    memoryLine: memory ? memory.width : 0,
    mask: dropoutMask(attributes),
    read: expectEntries('read', tensors.read, backend.floats(tensors.read), count * headDim),
    logSum: expectEntries('logSum', tensors.logSum, backend.floats(tensors.logSum), count),
  };
}

/**
 * Returns the numbers of an optional input with one length per sequence, after checking them; null if it is missing.
 */
function lengthsOf(
  call: KernelCall,
  name: string,
  tensor: TensorInfo | undefined,
): Int32Array | null {
  if (!tensor) return null;
  const { batch, length } = attentionSizes(call);
  const lengths = expectEntries(name, tensor, call.backend.integers(tensor), batch);
  expectIntegers(name, lengths, length + 1);
  return lengths;
}

/** Returns the tensor of learned distance vectors of relative attention; null for other kinds. */
function distancesOf(call: KernelCall): TensorInfo | null {
  if (!('distances' in call.inputs)) return null;
  const { nHead, headDim } = attentionSizes(call);
  const { distances } = call.inputs;
  expectTensor('distances', distances, [nHead * Math.floor(distances.shape[0] / nHead), headDim]);
  return distances;
}

/** Returns the number of positions of a group, and the width of the rows of keys and values; null without groups. */
function memoryOf(
  call: KernelCall,
): { readonly groupLength: number; readonly width: number } | null {
  const { inputs, attributes } = call;
  if (!('keys' in inputs)) return null;
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const { keys, values } = inputs;
  const groupLength = attributes.groupLength as number; // compressedAttention() put it there
  const C = nHead * headDim;
  const width = keys.shape[1] === 3 * C ? 3 * C : C;
  const shape = [batch * Math.ceil(length / groupLength), width];
  expectTensor('keys', keys, shape);
  expectTensor('values', values, shape);
  return { groupLength, width };
}

/**
 * Returns the keys (`part` 0) or values (`part` 1) of groups. The rows of `memory` contain only these, or have the
 * layout of qkv.
 */
function memoryPart(call: KernelCall, memory: TensorInfo, part: number): Float32Array {
  const { nHead, headDim } = attentionSizes(call);
  const C = nHead * headDim;
  return call.backend.floats(memory).subarray(memory.shape[1] === C ? 0 : (1 + part) * C);
}

/** Kernels of attention and of rotations, by the name of their op. */
export const ATTENTION_KERNELS: Readonly<Record<string, Kernel>> = {
  Attention: attention,
  AttentionGrad: attentionGrad,
  CompressedAttention: attention,
  CompressedAttentionGrad: attentionGrad,
  RelativeAttention: attention,
  RelativeAttentionGrad: attentionGrad,
  RotateHeads: (call) => [rotated(call, call.inputs.qkv, false)],
  /** Rotates the gradient by the negative angles. */
  RotateHeadsGrad: (call) => [rotated(call, call.inputs.dy, true)],
};

function rotated(call: KernelCall, qkv: TensorInfo, isBackwards: boolean): TensorInfo {
  const { inputs, attributes, backend, addon } = call;
  const { headDim, heads } = attributes as { headDim: number; heads: number }; // rotateHeads() put them there
  const { angles } = inputs;
  const [[rows, width], [, columns]] = [qkv.shape, angles.shape];
  const turned = Math.min(2 * Math.floor(columns / 2), headDim);
  expectTensor(isBackwards ? 'dy' : 'qkv', qkv, [rows, Math.max(width, heads * headDim)]);
  expectTensor('angles', angles, [rows, turned]);
  const y = backend.output(qkv.shape);
  const arrays = floatsOf(backend, { qkv, angles, y });
  addon.rotateHeads({ rows, width, heads, headDim, turned, isBackwards, ...arrays });
  return y;
}

/**
 * Returns the scale of the attention scores in 32 bits. By default it is `1 / sqrt(D)`, with the root and the
 * quotient rounded to 32 bits, as in C++.
 */
export function scoreScale(scale: number | undefined, headDim: number): number {
  const isDefault = scale === undefined || scale === 1 / Math.sqrt(headDim);
  return Math.fround(isDefault ? 1 / Math.fround(Math.sqrt(headDim)) : scale);
}
