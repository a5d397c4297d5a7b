import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { TensorData } from '@tensorflow/tfjs-backend-cpu/dist/backend_cpu.js';
import * as tf from '@tensorflow/tfjs-core';

import type { StoredNumbers } from '@ramble/core/weights';

import type { Addon } from '../addon/load-addon.js';
import { dequantizeFields, type KernelMemory, LINE, type MakeFloats } from './kernel-memory.js';

/**
 * Returns a backend as a `NativeBackend`; the current backend by default.
 *
 * @throws TypeError if it is another kind of backend.
 */
export function asNative(backend: object = tf.backend()): NativeBackend {
  if (backend instanceof NativeBackend) return backend;
  throw new TypeError(`backend: expected native, got ${tf.getBackend()}`);
}

/** Maximum number of entries of a tensor, because C++ counts axes and strides in 32 bits. */
const MAX_ENTRIES = 2 ** 31 - 1;

/** tfjs's cpu backend with a pool of output arrays. */
export class NativeBackend extends MathBackendCPU implements KernelMemory {
  override readonly data: LendingStorage;
  readonly #pool: BufferPool;
  readonly #addon: Pick<Addon, 'dequantize'>;
  /** Stored (quantized or 16-bit) matrices, by the data ids of tensors without 32-bit numbers. */
  readonly #stored = new WeakMap<object, StoredNumbers>();
  /** 32-bit copies of stored matrices, and scratch memory, which are released after the current kernel. */
  readonly #converted = new Map<object, Float32Array>();

  constructor(makeFloats: MakeFloats, addon: Pick<Addon, 'dequantize'>) {
    super();
    this.#addon = addon;
    this.#pool = new BufferPool(makeFloats);
    Reflect.set(this, 'firstUse', false); // its greeting advertises another package
    this.data = new LendingStorage(this, tf.engine());
  }

  /**
   * Makes a float tensor with uninitialized content.
   *
   * @throws RangeError if memory is short, or if the tensor is too large for C++.
   */
  output(shape: readonly number[]): tf.TensorInfo {
    const dataId = {};
    this.data.own(dataId, this.#pool.take(entriesOf(shape)));
    return { dataId, shape: [...shape], dtype: 'float32' };
  }

  /** Makes a tensor of a stored matrix, whose numbers are converted for each kernel that reads them. */
  storedTensor(stored: StoredNumbers, shape: readonly number[]): tf.Tensor {
    const dataId = {};
    const convert = (): Float32Array => {
      const y = this.#pool.take(entriesOf(shape));
      this.#addon.dequantize(dequantizeFields(stored, y));
      return y;
    };
    this.#stored.set(dataId, stored);
    this.data.set(dataId, {
      // For readers other than kernels of this package, which keep what they get.
      get values() {
        return convert();
      },
      dtype: 'float32',
      refCount: 1,
    });
    return tf.engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype: 'float32' });
  }

  scratch(length: number): Float32Array {
    const memory = this.#pool.take(length);
    this.#converted.set(memory, memory);
    return memory;
  }

  /** Releases the memory that only the last kernel needed. */
  endKernel(): void {
    for (const values of this.#converted.values()) this.#pool.give(values);
    this.#converted.clear();
  }

  outputOf(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    if (dtype === 'float32') return this.output(shape);
    return this.makeTensorInfo([...shape], dtype, new Int32Array(entriesOf(shape)));
  }

  share(tensor: tf.TensorInfo, shape: readonly number[] = tensor.shape): tf.TensorInfo {
    this.incRef(tensor.dataId);
    return { ...tensor, shape: [...shape] };
  }

  /**
   * Returns a residual (an output that is saved for the gradient): the tensor with an empty shape. tfjs makes zeros
   * in the shape of every output without a gradient, and megabytes of zeros per step would keep the garbage collector
   * busy.
   */
  residual(tensor: tf.TensorInfo): tf.TensorInfo {
    return { ...tensor, shape: [0] };
  }

  floats(tensor: tf.TensorInfo): Float32Array {
    const values = this.numbers(tensor);
    return values instanceof Float32Array ? values : Float32Array.from(values);
  }

  /** Returns the array of an int32 tensor, valid during one kernel; a copy if tfjs stores floats in it. */
  integers(tensor: tf.TensorInfo): Int32Array {
    const values = this.numbers(tensor);
    return values instanceof Int32Array ? values : Int32Array.from(values);
  }

  flags(tensor: tf.TensorInfo): Uint8Array {
    const values = this.numbers(tensor);
    return values instanceof Uint8Array ? values : Uint8Array.from(values);
  }

  words(tensor: tf.TensorInfo): Float32Array | Int32Array {
    return tensor.dtype === 'int32' ? this.integers(tensor) : this.floats(tensor);
  }

  numbers(tensor: tf.TensorInfo): Exclude<tf.TypedArray, Uint8ClampedArray> {
    entriesOf(tensor.shape);
    const { dataId } = tensor;
    if (this.#stored.has(dataId)) {
      const known = this.#converted.get(dataId);
      if (known) return known;
      const values = this.data.peek(dataId).values as Float32Array; // converted now
      this.#converted.set(dataId, values);
      return values;
    }
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
    this.#pool.give(data.values as Float32Array); // only float arrays come from the pool
    return true;
  }

  override dispose(): void {
    this.#pool.clear();
    super.dispose();
  }
}

/**
 * Returns the number of entries of a shape.
 *
 * @throws RangeError if C++ cannot count them.
 */
function entriesOf(shape: readonly number[]): number {
  const entries = tf.util.sizeFromShape([...shape]);
  if (entries <= MAX_ENTRIES) return entries;
  throw new RangeError(`shape: expected at most ${MAX_ENTRIES} entries, got [${shape.join(',')}]`);
}

type Data = TensorData<tf.DataType>;

/**
 * Storage of the backend's tensors. An array that the backend made is reused after its tensor is disposed of, unless
 * `get` returned it: kernels and readers of tfjs may keep a view. Kernels of this package call `peek`.
 */
class LendingStorage extends tf.DataStorage<Data> {
  readonly #owned = new WeakSet();

  override get(dataId: object): Data {
    this.#owned.delete(dataId);
    return super.get(dataId);
  }

  peek(dataId: object): Data {
    return super.get(dataId);
  }

  /** Adds a tensor whose array comes from the backend's pool, so that it may be reused. */
  own(dataId: object, values: Float32Array): void {
    this.#owned.add(dataId);
    this.set(dataId, { values, dtype: 'float32', refCount: 1 });
  }

  owns(dataId: object): boolean {
    return this.#owned.has(dataId);
  }
}

/** Maximum size of all free buffers in bytes. */
const MAX_BYTES = 2 ** 31;
/** Minimum length of an array as a fraction of the buffer that it may use. Batches differ in length. */
const MIN_SHARE = 1 / 2;

/**
 * Free buffers for reuse. A new buffer of 4 MB costs a millisecond of page faults, and new buffers keep the
 * garbage collector busy.
 */
export class BufferPool {
  /** Free arrays by the size of their buffer in bytes. */
  readonly #free = new Map<number, Float32Array[]>();
  /** The keys of `#free`, ascending. */
  #sizes: number[] = [];
  #freeBytes = 0;
  readonly #makeFloats: MakeFloats;

  constructor(makeFloats: MakeFloats) {
    this.#makeFloats = makeFloats;
  }

  /**
   * Returns an uninitialized array from the smallest free buffer that fits and is not far too long (`MIN_SHARE`), or
   * from a new buffer.
   */
  take(length: number): Float32Array {
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    for (let i = this.#firstOf(bytes); i < this.#sizes.length; i++) {
      const size = this.#sizes[i];
      if (bytes < size * MIN_SHARE) break;
      const free = this.#free.get(size)?.pop();
      if (free === undefined) continue;
      this.#freeBytes -= size;
      return new Float32Array(free.buffer, free.byteOffset, length);
    }
    return this.#make(length);
  }

  /** Returns an array to the pool. The caller must not use it afterwards. */
  give(array: Float32Array): void {
    const size = array.buffer.byteLength - LINE;
    if (this.#freeBytes + size > MAX_BYTES) this.clear();
    const free = this.#free.get(size);
    if (free) {
      free.push(array);
    } else {
      this.#free.set(size, [array]);
      this.#sizes.splice(this.#firstOf(size), 0, size);
    }
    this.#freeBytes += size;
  }

  /** Returns the index in `#sizes` of the first size that is at least `bytes`. */
  #firstOf(bytes: number): number {
    let [low, high] = [0, this.#sizes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sizes[middle] < bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #make(length: number): Float32Array {
    try {
      return this.#makeFloats(length);
    } catch {
      this.clear(); // frees the pool's memory for another try
    }
    try {
      return this.#makeFloats(length);
    } catch (error) {
      const megabytes = Math.ceil((4 * length) / 1e6);
      throw new RangeError(
        `native: expected ${megabytes} MB of free memory for a tensor, got none`,
        {
          cause: error,
        },
      );
    }
  }

  clear(): void {
    this.#free.clear();
    this.#sizes = [];
    this.#freeBytes = 0;
  }
}
