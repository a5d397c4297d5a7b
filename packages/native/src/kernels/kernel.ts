import type { Attributes } from '@ramble/core/engine';
import type { NormedHeads } from '@ramble/core/model';
import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';

import type { HeadSpans, NativeOps, Walk } from '../addon/ops.gen.js';
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
 * Checks a tensor before its memory is passed to C++.
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

/** Checks that float tensors have the given shapes, by name. Throws an error that names the first wrong tensor. */
export function expectShapes(
  tensors: KernelCall['inputs'],
  shapes: Readonly<Record<string, readonly number[]>>,
): void {
  for (const [name, shape] of Object.entries(shapes)) expectTensor(name, tensors[name], shape);
}

/** Makes float tensors of these shapes. */
export function outputsOf(
  backend: KernelMemory,
  ...shapes: readonly (readonly number[])[]
): TensorInfo[] {
  return shapes.map((shape) => backend.output(shape));
}

/** Returns the arrays of float tensors, by the names of the tensors. They are valid during one kernel. */
export function floatsOf<Name extends string>(
  backend: KernelMemory,
  tensors: Readonly<Record<Name, TensorInfo>>,
): Record<Name, Float32Array> {
  const arrays = {} as Record<Name, Float32Array>; // each name is set below
  for (const name in tensors) arrays[name] = backend.floats(tensors[name]);
  return arrays;
}

/**
 * Checks a tensor by its number of entries, for residuals, whose shape is empty.
 *
 * @param values - Array of the tensor.
 * @returns the array.
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
 * Checks numbers that C++ uses as indices: they must be from 0 to `limit - 1`.
 *
 * @throws RangeError that names the first wrong number.
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

/**
 * Returns the number and widths of the spans of a qkv row that are normalized separately (heads, or all heads), for
 * C++.
 */
export function headSpans({ nHead, nKvHead, headDim, span }: Omit<NormedHeads, 'eps'>): HeadSpans {
  if (span === 'head') {
    return { queries: nHead, queryWidth: headDim, keys: nKvHead, keyWidth: headDim };
  }
  return { queries: 1, queryWidth: nHead * headDim, keys: 1, keyWidth: nKvHead * headDim };
}

/** A kernel for an op of tfjs, for some of its calls. */
export interface StandardKernel {
  /** Whether `run` can compute this call. If not, tfjs's cpu kernel does. */
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

/** One axis of a loop over two arrays. */
export interface Axis {
  readonly size: number;
  /** Distance in entries between neighbours along the axis, in each array; 0 repeats an entry. */
  readonly strides: readonly [number, number];
}

/** Returns the strides of a shape: the distance in entries between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Returns the strides of a tensor that is repeated along axes that are larger in `shape`. */
export function repeatedStrides(from: readonly number[], shape: readonly number[]): number[] {
  const strides = stridesOf(from);
  const missing = shape.length - from.length;
  return shape.map((_, axis) =>
    axis < missing || from[axis - missing] === 1 ? 0 : strides[axis - missing],
  );
}

/**
 * Returns a loop over two arrays in the form that C++ reads. The axes are given from the outermost on; adjacent ones
 * are merged where possible.
 */
export function walkOf(axes: readonly Axis[]): Walk {
  const merged: Axis[] = [];
  for (const axis of axes.filter(({ size }) => size !== 1)) {
    const outer = merged.at(-1);
    const continues = outer?.strides.every((stride, i) => stride === axis.strides[i] * axis.size);
    if (outer && continues) {
      merged[merged.length - 1] = { size: outer.size * axis.size, strides: axis.strides };
    } else {
      merged.push(axis);
    }
  }
  if (merged.length === 0) merged.push({ size: 1, strides: [1, 1] });
  const numbers = [
    ...merged.map(({ size }) => size),
    ...merged.map(({ strides }) => strides[0]),
    ...merged.map(({ strides }) => strides[1]),
  ];
  return { rank: merged.length, axes: Int32Array.from(numbers) };
}
