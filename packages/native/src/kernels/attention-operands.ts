import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Attention } from '../addon/ops.gen.js';
import { dropoutMask } from './dropout.js';
import { scoreScale } from '../decoding/score-scale.js';
import { expectEntries, expectIntegers, expectTensor } from './expect-tensor.js';
import type { KernelCall } from './kernel.js';

/** Sizes of an attention call: B, T, H, K and D. */
export interface AttentionSizes {
  readonly batch: number;
  readonly length: number;
  readonly nHead: number;
  readonly nKvHead: number;
  readonly headDim: number;
}

/** The sizes of an attention call. */
export function attentionSizes({ inputs: { qkv }, attributes }: KernelCall): AttentionSizes {
  const { batch, nHead } = attributes as { batch: number; nHead: number }; // attention() put them there
  const { nKvHead = nHead } = attributes as { nKvHead?: number }; // and this where heads may share keys
  const heads = nHead + 2 * nKvHead;
  const [rows, columns] = qkv.shape;
  const [length, headDim] = [Math.floor(rows / batch), Math.floor(columns / heads)];
  expectTensor('qkv', qkv, [batch * length, heads * headDim]);
  return { batch, length, nHead, nKvHead, headDim };
}

/** Tensors of attention in addition to its inputs. */
interface AttentionTensors {
  /** int32 `[B]`, where there are some. */
  readonly prefixLengths: TensorInfo | undefined;
  /** int32 `[B]`, where there is padding. */
  readonly lengths: TensorInfo | undefined;
  /** The results, which the gradient reads. */
  readonly read: TensorInfo;
  readonly logSum: TensorInfo;
}

/**
 * Everything of attention that both passes need, for the addon.
 *
 * @throws TypeError or RangeError that names the tensor.
 */
export function attentionFields(call: KernelCall, tensors: AttentionTensors): Attention {
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

/** A number of positions for each sequence; null where none are given. */
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

/** The distances of relative attention; null without. */
function distancesOf(call: KernelCall): TensorInfo | null {
  if (!('distances' in call.inputs)) return null;
  const { nHead, headDim } = attentionSizes(call);
  const { distances } = call.inputs;
  expectTensor('distances', distances, [nHead * Math.floor(distances.shape[0] / nHead), headDim]);
  return distances;
}

/** The positions of a group, and the width of the rows of its keys and values; null without groups. */
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

/** The keys (0) or values (1) in rows that are these alone, or laid out as qkv. */
export function memoryPart(call: KernelCall, memory: TensorInfo, part: number): Float32Array {
  const { nHead, headDim } = attentionSizes(call);
  const C = nHead * headDim;
  return call.backend.floats(memory).subarray(memory.shape[1] === C ? 0 : (1 + part) * C);
}
