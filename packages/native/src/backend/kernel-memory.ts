import type { DataType, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';

import type { StoredNumbers } from '@ramble/core/weights';

import type { Addon } from '../addon/load-addon.js';
import type { Dequantize } from '../addon/ops.gen.js';

/** Memory in which kernels find the numbers of their inputs and store their outputs. */
export interface KernelMemory {
  /** Makes a float tensor with uninitialized content. */
  output(shape: readonly number[]): TensorInfo;
  /** Makes a tensor of four-byte numbers with uninitialized content. */
  outputOf(shape: readonly number[], dtype: DataType): TensorInfo;
  /** Returns memory for numbers that only the kernel in progress needs. */
  scratch(length: number): Float32Array;
  /** Makes a tensor of these numbers. */
  makeTensorInfo(shape: number[], dtype: DataType, values: TypedArray): TensorInfo;
  /** Makes a tensor that shares the numbers of another one; with the same shape by default. */
  share(tensor: TensorInfo, shape?: readonly number[]): TensorInfo;
  /**
   * Marks a tensor as a residual, an output that is saved for the gradient. Only the gradient kernel of the same op
   * may read its content.
   */
  residual(tensor: TensorInfo): TensorInfo;
  /** Returns the array of a float tensor, valid during one kernel. */
  floats(tensor: TensorInfo): Float32Array;
  /** Returns the array of an int32 tensor, valid during one kernel. */
  integers(tensor: TensorInfo): Int32Array;
  /** Returns the array of a bool tensor, valid during one kernel. */
  flags(tensor: TensorInfo): Uint8Array;
  /** Returns the array of a float or int32 tensor, by its type. */
  words(tensor: TensorInfo): Float32Array | Int32Array;
  /** Returns the array of a tensor of numbers or booleans, of any array type. */
  numbers(tensor: TensorInfo): Exclude<TypedArray, Uint8ClampedArray>;
}

/**
 * Returns the arguments of the addon's `dequantize`, which converts a stored matrix to 32-bit floats in `y`.
 *
 * @throws TypeError for a matrix whose size or layout the addon cannot convert.
 */
export function dequantizeFields(
  { layout, array, scales, shape }: StoredNumbers,
  y: Float32Array,
): Dequantize {
  if (!shape || layout.name.endsWith('Panels')) {
    throw new TypeError(`weights: expected rows or blocks, got ${layout.name}`);
  }
  return {
    rows: shape.rows,
    weights: { columns: shape.width, width: layout.name, stored: array, scales: scales ?? null },
    hasOutputRows: shape.inputs === 'columns',
    y,
  };
}

/** Size of a cache line in bytes. */
export const LINE = 64;

/** Makes an array of zeros. */
export type MakeFloats = (length: number) => Float32Array;

/**
 * Makes arrays that begin at a cache line. JavaScript's arrays begin in the middle of one, so that every
 * vector read would span two.
 */
export function alignedFloats(addon: Pick<Addon, 'bytesToLine'>): MakeFloats {
  return (length) => {
    const buffer = new ArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT + LINE);
    return new Float32Array(buffer, addon.bytesToLine(buffer), length);
  };
}

/** Makes arrays that begin at a cache line and use huge pages, for arrays that exist as long as a model. */
export function hugeFloats(addon: Pick<Addon, 'bytesToLine' | 'useHugePages'>): MakeFloats {
  const makeFloats = alignedFloats(addon);
  return (length) => {
    const array = makeFloats(length);
    addon.useHugePages(array, length);
    return array;
  };
}
