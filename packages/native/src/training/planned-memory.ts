import {
  flatParameterStore,
  type ParameterSpec,
  type ParameterStoreFactory,
  type PiecesToUpdate,
  sizeOf,
} from '@ramble/core/engine';
import { slotsOf } from '@ramble/core/training';
import { FORMATS, type StoredNumbers } from '@ramble/core/weights';
import type * as tf from '@tensorflow/tfjs-core';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';

import type { Addon } from '../addon/load-addon.js';
import type { NativeOps, Update } from '../addon/ops.gen.js';
import { dequantizeFields, hugeFloats, type KernelMemory } from '../backend/kernel-memory.js';
import { asNative } from '../backend/native-backend.js';

/** An array of numbers that calls of a program read and write. */
export interface Storage {
  readonly length: number;
  /**
   * Index of the call that computes the array; -1 if none does. `last` is the index of the last call that needs it.
   */
  readonly first: number;
  last: number;
  /** The memory of the array; `undefined` until memory is planned. */
  array: Float32Array | Int32Array | undefined;
  /** The matrix that calls convert to floats before they read it. */
  readonly stored?: StoredNumbers;
}

/**
 * Memory of kernels whose calls are recorded instead of run. The first run of a call records the storage that it
 * needs, and the last call that needs each storage. Later runs return the same outputs, at their planned places.
 */
export class PlannedMemory implements KernelMemory {
  readonly #storages = new Map<object, Storage>();
  readonly #outputs: TensorInfo[][] = [];
  /** Index of the call in progress, and the number of its outputs so far. */
  #call = -1;
  #made = 0;
  /** The ops that the current call may use, and float copies of the stored matrices that it has read. */
  #addon: Pick<NativeOps, 'dequantize'> | undefined;
  readonly #converted = new Map<object, Float32Array>();
  /** Dummy memory for storages that have no memory yet, which kernels may reference while calls are recorded. */
  #placeholder = new ArrayBuffer(0);

  /** Returns the storages that need planned memory: the results of calls. */
  made(): Storage[] {
    return this.#outputs.flat().map((tensor) => this.storageOf(tensor));
  }

  storageOf({ dataId }: Pick<TensorInfo, 'dataId'>): Storage {
    const storage = this.#storages.get(dataId);
    if (storage === undefined)
      throw new TypeError('tensor: expected one of this program, got another');
    return storage;
  }

  /** Makes a tensor whose numbers are always in this array. */
  fixed(array: Float32Array | Int32Array, shape: readonly number[], dtype: DataType): TensorInfo {
    return this.#tensor(shape, dtype, { length: array.length, first: -1, last: -1, array });
  }

  /** Makes a tensor of a stored matrix. Each call that reads it converts it to floats in separate memory. */
  stored(stored: StoredNumbers, shape: readonly number[]): TensorInfo {
    const storage = { length: sizeOf(shape), first: -1, last: -1, array: undefined, stored };
    return this.#tensor(shape, 'float32', storage);
  }

  /** Begins the call with the index `call`, which reads these inputs. */
  begin(call: number, inputs: readonly TensorInfo[], addon: Pick<NativeOps, 'dequantize'>): void {
    [this.#call, this.#made, this.#addon] = [call, 0, addon];
    this.#converted.clear();
    this.#outputs[call] ??= [];
    for (const tensor of inputs) {
      const storage = this.storageOf(tensor);
      storage.last = Math.max(storage.last, call);
    }
  }

  output(shape: readonly number[]): TensorInfo {
    return this.outputOf(shape, 'float32');
  }

  outputOf(shape: readonly number[], dtype: DataType): TensorInfo {
    const outputs = this.#outputs[this.#call];
    const storage = {
      length: sizeOf(shape),
      first: this.#call,
      last: this.#call,
      array: undefined,
    };
    return (outputs[this.#made++] ??= this.#tensor(shape, dtype, storage));
  }

  makeTensorInfo(): TensorInfo {
    throw new TypeError(
      'tensor: expected an output, as training programs make no numbers of their own',
    );
  }

  share(tensor: TensorInfo, shape: readonly number[] = tensor.shape): TensorInfo {
    return { ...tensor, shape: [...shape] };
  }

  residual(tensor: TensorInfo): TensorInfo {
    return tensor;
  }

  floats(tensor: TensorInfo): Float32Array {
    return this.words(tensor) as Float32Array; // by its dtype
  }

  integers(tensor: TensorInfo): Int32Array {
    return this.words(tensor) as Int32Array; // by its dtype
  }

  flags(): Uint8Array {
    throw new TypeError('tensor: expected numbers, as training programs have no flags');
  }

  words(tensor: TensorInfo): Float32Array | Int32Array {
    const { array, length, stored } = this.storageOf(tensor);
    if (array) return array;
    if (stored) return this.#convert(tensor, stored);
    const bytes = 4 * length;
    if (this.#placeholder.byteLength < bytes) this.#placeholder = new ArrayBuffer(bytes);
    const kind = tensor.dtype === 'int32' ? Int32Array : Float32Array;
    return new kind(this.#placeholder, 0, length);
  }

  scratch(length: number): Float32Array {
    return this.floats(this.output([length]));
  }

  /** Converts a stored matrix in memory that only the call in progress needs. */
  #convert(tensor: TensorInfo, stored: StoredNumbers): Float32Array {
    const known = this.#converted.get(tensor.dataId);
    if (known) return known;
    const y = this.scratch(sizeOf(tensor.shape));
    this.#converted.set(tensor.dataId, y);
    this.#addon?.dequantize(dequantizeFields(stored, y));
    return y;
  }

  numbers(tensor: TensorInfo): Float32Array | Int32Array {
    return this.words(tensor);
  }

  /** Frees the dummy memory after all storages have planned memory. */
  settle(): void {
    this.#placeholder = new ArrayBuffer(0);
  }

  #tensor(shape: readonly number[], dtype: DataType, storage: Storage): TensorInfo {
    const dataId = {};
    this.#storages.set(dataId, storage);
    return { dataId, shape: [...shape], dtype };
  }
}

/** Makes stores with parameters in flat arrays, which one native call updates in place. */
export function nativeParameterStore(addon: Addon): ParameterStoreFactory {
  return (specs) => {
    const backend = asNative();
    const store = flatParameterStore(specs, hugeFloats(addon), {
      numbersOf: (gradient, spec) => backend.floats(checked(gradient, spec)),
      sumsOfSquares: (arrays, sums) => addon.sumsOfSquares({ arrays, sums }),
      update: ({ scale, ...pieces }) => addon.update(updateFields(pieces, Float32Array.of(scale))),
    });
    return { ...store, stored: (name) => ({ layout: FORMATS.f32, array: store.find(name) }) };
  };
}

/**
 * Returns a gradient after checking that it fits its parameter.
 *
 * @throws RangeError for a gradient of another type or size.
 */
function checked(gradient: tf.Tensor | undefined, { name, shape }: ParameterSpec): tf.Tensor {
  if (gradient?.dtype !== 'float32' || gradient.size !== sizeOf(shape)) {
    const got = gradient ? `${gradient.dtype} [${gradient.shape.join(',')}]` : 'none';
    throw new RangeError(`gradient of ${name}: expected float32 [${shape.join(',')}], got ${got}`);
  }
  return gradient;
}

/**
 * Returns the arguments of the addon's `update`, which applies an optimizer's rule to parameters in place.
 *
 * @param factor - Array of one number, the factor of all gradients. `update` reads it when it runs.
 */
export function updateFields(
  { slot, rule, ...pieces }: Omit<PiecesToUpdate, 'scale'>,
  factor: Float32Array,
): Update {
  const variance = slotsOf(rule.kind).includes('variance') ? slot('variance') : null;
  return { ...pieces, rule, mean: slot('mean'), variance, factor };
}
