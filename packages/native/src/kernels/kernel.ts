import type { Attributes } from '@ramble/core/engine';
import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';

import type { HeadSpans, NativeOps } from '../addon/ops.gen.js';
import type { KernelMemory } from '../backend/kernel-memory.js';

/** A single run of a kernel. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attributes: Attributes;
  /** Whether a gradient follows, so that the kernel may prepare it. */
  readonly isDifferentiated: boolean;
  readonly backend: KernelMemory;
  readonly addon: NativeOps;
}

/** A kernel: computes outputs from inputs, on arrays that belong to the backend. */
export type Kernel = (call: KernelCall) => TensorInfo[];

/**
 * Checks a tensor before its memory goes to C++.
 *
 * @throws TypeError or RangeError that names the tensor.
 */
export function expectTensor(
  name: string,
  tensor: TensorInfo,
  shape: readonly number[],
  dtype: 'float32' | 'int32' = 'float32',
): void {
  expectDtype(name, tensor, dtype);
  const isRight =
    tensor.shape.length === shape.length && tensor.shape.every((size, i) => size === shape[i]);
  if (!isRight) {
    throw new RangeError(
      `${name}: expected shape [${shape.join(',')}], got [${tensor.shape.join(',')}]`,
    );
  }
}

/**
 * Checks a tensor whose shape says nothing, as a residual's.
 *
 * @param values - The tensor's.
 * @returns them.
 * @throws TypeError or RangeError that names the tensor.
 */
export function expectEntries<T extends TypedArray>(
  name: string,
  tensor: TensorInfo,
  values: T,
  count: number,
): T {
  expectDtype(name, tensor, values instanceof Int32Array ? 'int32' : 'float32');
  if (values.length === count) return values;
  throw new RangeError(`${name}: expected ${count} entries, got ${values.length}`);
}

/**
 * Checks numbers before C++ follows them.
 *
 * @throws RangeError that names the first wrong one.
 */
export function expectIntegers(name: string, numbers: Int32Array, limit: number): void {
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] < 0 || numbers[i] >= limit) {
      throw new RangeError(
        `${name}: expected integers from 0 to ${limit - 1}, got ${numbers[i]} at ${i}`,
      );
    }
  }
}

function expectDtype(name: string, { dtype }: TensorInfo, expected: 'float32' | 'int32'): void {
  if (dtype !== expected) throw new TypeError(`${name}: expected ${expected}, got ${dtype}`);
}

/** The heads of qkv, and what of them is normalised together. */
export interface NormedHeads {
  readonly nHead: number;
  readonly nKvHead: number;
  readonly headDim: number;
  /** Each head by itself, or all queries and all keys. */
  readonly span: 'head' | 'all';
}

/** Numbers and widths of the spans of a qkv row that are normalised, as C++ takes them. */
export function headSpans({ nHead, nKvHead, headDim, span }: NormedHeads): HeadSpans {
  if (span === 'head') {
    return { queries: nHead, queryWidth: headDim, keys: nKvHead, keyWidth: headDim };
  }
  return { queries: 1, queryWidth: nHead * headDim, keys: 1, keyWidth: nKvHead * headDim };
}

/** A kernel of tfjs's own, for the calls that it fits. */
export interface StandardKernel {
  /** Whether `run` computes this call; tfjs's cpu kernel computes the others. */
  readonly fits: (call: KernelCall) => boolean;
  readonly run: Kernel;
}

/** Whether all tensors are non-empty floats, which the addon requires. */
export function areFloats(...tensors: readonly TensorInfo[]): boolean {
  return tensors.every(({ dtype, shape }) => dtype === 'float32' && sizeOf(shape) > 0);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
