import type { DataType, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';

import type { Addon } from '../addon/load-addon.js';

/** The memory that kernels find the numbers of their inputs in, and put their outputs in. */
export interface KernelMemory {
  /** A float tensor with any content. */
  output(shape: readonly number[]): TensorInfo;
  /** A tensor of four-byte numbers with any content. */
  outputOf(shape: readonly number[], dtype: DataType): TensorInfo;
  /** A tensor of these numbers. */
  makeTensorInfo(shape: number[], dtype: DataType, values: TypedArray): TensorInfo;
  /** A tensor that shares another one's numbers, in its shape unless one is given. */
  share(tensor: TensorInfo, shape?: readonly number[]): TensorInfo;
  /** A tensor as a residual, whose content only the gradient of its op may read. */
  residual(tensor: TensorInfo): TensorInfo;
  /** The array of a float tensor, for the time of one kernel. */
  floats(tensor: TensorInfo): Float32Array;
  /** The array of an int32 tensor, for the time of one kernel. */
  integers(tensor: TensorInfo): Int32Array;
  /** The array of a bool tensor, for the time of one kernel. */
  flags(tensor: TensorInfo): Uint8Array;
  /** The array of a float or int32 tensor, by its kind. */
  words(tensor: TensorInfo): Float32Array | Int32Array;
  /** The array of a tensor of numbers or flags, whatever they are kept in. */
  numbers(tensor: TensorInfo): Exclude<TypedArray, Uint8ClampedArray>;
}

/** Size of a cache line in bytes. */
export const LINE = 64;

/** Makes an array of zeros. */
export type MakeFloats = (length: number) => Float32Array;

/**
 * Makes arrays that begin with a cache line: JavaScript's own begin in the middle of one, and every vector
 * that is read would lie in two.
 */
export function alignedFloats(addon: Pick<Addon, 'bytesToLine'>): MakeFloats {
  return (length) => {
    const buffer = new ArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT + LINE);
    return new Float32Array(buffer, addon.bytesToLine(buffer), length);
  };
}

/** Makes arrays that begin with a cache line and lie in huge pages: those that stay as long as a model. */
export function hugeFloats(addon: Pick<Addon, 'bytesToLine' | 'useHugePages'>): MakeFloats {
  const makeFloats = alignedFloats(addon);
  return (length) => {
    const array = makeFloats(length);
    addon.useHugePages(array, length);
    return array;
  };
}
