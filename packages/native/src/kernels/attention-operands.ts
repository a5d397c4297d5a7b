import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { AttentionOperands } from '../addon/addon-types.js';
import { expectEntries, expectIntegers, expectTensor } from './expect-tensor.js';
import type { KernelCall } from './kernel.js';

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

/**
 * What attention reads, for the addon.
 *
 * @param prefixLengths - int32 `[B]`, where there are some; `lengths` too.
 * @throws TypeError or RangeError that names the tensor.
 */
export function attentionOperands(
  call: KernelCall,
  prefixLengths: TensorInfo | undefined,
  lengths: TensorInfo | undefined,
): AttentionOperands {
  const { batch, length, nHead, headDim } = attentionSizes(call);
  return [
    batch,
    length,
    nHead,
    headDim,
    call.backend.floats(call.inputs.qkv),
    lengthsOf(call, 'prefixLengths', prefixLengths),
    lengthsOf(call, 'lengths', lengths),
    ...placesOf(call),
    ...memoryOf(call),
  ];
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

/** Blocks and distances; 0 and null without. */
function placesOf(call: KernelCall): readonly [number, number, Float32Array | null, number] {
  const { inputs, attributes, backend } = call;
  const { blockLength = 0, blocksBack = 0 } = attributes as Record<string, number | undefined>; // as above
  if (!('distances' in inputs)) return [blockLength, blocksBack, null, 0];
  const { nHead, headDim } = attentionSizes(call);
  const { distances } = inputs;
  const rows = Math.floor(distances.shape[0] / nHead);
  expectTensor('distances', distances, [nHead * rows, headDim]);
  return [blockLength, blocksBack, backend.floats(distances), rows];
}

/** A group's positions, its keys and values, and how far apart their rows are; 0 and null without. */
function memoryOf(
  call: KernelCall,
): readonly [number, Float32Array | null, Float32Array | null, number] {
  const { inputs, attributes } = call;
  if (!('keys' in inputs)) return [0, null, null, 0];
  const { batch, length, nHead, headDim } = attentionSizes(call);
  const { keys, values } = inputs;
  const groupLength = attributes.groupLength as number; // compressedAttention() put it there
  const C = nHead * headDim;
  const width = keys.shape[1] === 3 * C ? 3 * C : C;
  const shape = [batch * Math.ceil(length / groupLength), width];
  expectTensor('keys', keys, shape);
  expectTensor('values', values, shape);
  return [groupLength, memoryPart(call, keys, 0), memoryPart(call, values, 1), width];
}

/** The keys (0) or values (1) in rows that are these alone, or laid out as qkv. */
export function memoryPart(call: KernelCall, memory: TensorInfo, part: number): Float32Array {
  const { nHead, headDim } = attentionSizes(call);
  const C = nHead * headDim;
  return call.backend.floats(memory).subarray(memory.shape[1] === C ? 0 : (1 + part) * C);
}
