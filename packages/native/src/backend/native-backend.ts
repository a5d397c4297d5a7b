import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import type { MakeFloats } from './aligned-floats.js';
import { BufferPool } from './buffer-pool.js';
import type { KernelMemory } from './kernel-memory.js';
import { LendingStorage } from './lending-storage.js';

/**
 * The native backend: the current one, or the one that a kernel was given.
 *
 * @throws TypeError when it is another one.
 */
export function asNative(backend: object = tf.backend()): NativeBackend {
  if (backend instanceof NativeBackend) return backend;
  throw new TypeError(`backend: expected native, got ${tf.getBackend()}`);
}

/** C++ counts axes and strides in 32 bits. */
const MOST_ENTRIES = 2 ** 31 - 1;

/** tfjs's cpu backend with a pool of output arrays. */
export class NativeBackend extends MathBackendCPU implements KernelMemory {
  override readonly data: LendingStorage;
  readonly #pool: BufferPool;

  constructor(makeFloats: MakeFloats) {
    super();
    this.#pool = new BufferPool(makeFloats);
    Reflect.set(this, 'firstUse', false); // its greeting advertises another package
    this.data = new LendingStorage(this, tf.engine());
  }

  /**
   * A float tensor with any content.
   *
   * @throws RangeError when there is no memory for it, or it is too large for C++.
   */
  output(shape: readonly number[]): tf.TensorInfo {
    const dataId = {};
    this.data.own(dataId, this.#pool.take(entriesOf(shape)));
    return { dataId, shape: [...shape], dtype: 'float32' };
  }

  /** A tensor of four-byte numbers with any content. */
  outputOf(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    if (dtype === 'float32') return this.output(shape);
    return this.makeTensorInfo([...shape], dtype, new Int32Array(entriesOf(shape)));
  }

  /** A tensor that shares another one's numbers, in its shape unless one is given. */
  share(tensor: tf.TensorInfo, shape: readonly number[] = tensor.shape): tf.TensorInfo {
    this.incRef(tensor.dataId);
    return { ...tensor, shape: [...shape] };
  }

  /**
   * A tensor as a residual, which says that it is empty: tfjs makes zeros in the shape of every
   * output that has no gradient, and megabytes of zeros a step keep the garbage collector busy.
   */
  residual(tensor: tf.TensorInfo): tf.TensorInfo {
    return { ...tensor, shape: [0] };
  }

  /** The array of a float tensor, for the time of one kernel. */
  floats(tensor: tf.TensorInfo): Float32Array {
    const values = this.numbers(tensor);
    return values instanceof Float32Array ? values : Float32Array.from(values);
  }

  /** The array of an int32 tensor, for the time of one kernel; a copy where tfjs keeps floats in it. */
  integers(tensor: tf.TensorInfo): Int32Array {
    const values = this.numbers(tensor);
    return values instanceof Int32Array ? values : Int32Array.from(values);
  }

  /** The array of a bool tensor, for the time of one kernel. */
  flags(tensor: tf.TensorInfo): Uint8Array {
    const values = this.numbers(tensor);
    return values instanceof Uint8Array ? values : Uint8Array.from(values);
  }

  /** The array of a float or int32 tensor, by its kind. */
  words(tensor: tf.TensorInfo): Float32Array | Int32Array {
    return tensor.dtype === 'int32' ? this.integers(tensor) : this.floats(tensor);
  }

  /** The array of a tensor of numbers or flags, whatever tfjs keeps them in. */
  numbers(tensor: tf.TensorInfo): Exclude<tf.TypedArray, Uint8ClampedArray> {
    entriesOf(tensor.shape);
    return this.data.peek(tensor.dataId).values as ReturnType<typeof this.numbers>; // not strings
  }

  override refCount(dataId: object): number {
    return this.data.has(dataId) ? this.data.peek(dataId).refCount : 0;
  }

  override incRef(dataId: object): void {
    this.data.peek(dataId).refCount++;
  }

  override decRef(dataId: object): void {
    if (this.data.has(dataId)) this.data.peek(dataId).refCount--;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.owns(dataId)) return super.disposeData(dataId, force);
    const data = this.data.peek(dataId);
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    this.data.delete(dataId);
    this.#pool.give(data.values as Float32Array); // it owns float arrays only
    return true;
  }

  override dispose(): void {
    this.#pool.clear();
    super.dispose();
  }
}

/** @throws RangeError when there are too many for C++. */
function entriesOf(shape: readonly number[]): number {
  const entries = tf.util.sizeFromShape([...shape]);
  if (entries <= MOST_ENTRIES) return entries;
  throw new RangeError(`shape: expected at most ${MOST_ENTRIES} entries, got [${shape.join(',')}]`);
}
