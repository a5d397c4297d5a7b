import * as tf from '@tensorflow/tfjs-core';

import type { ProgramCall, ProgramValue } from './training-engine.js';

type Call = Omit<ProgramCall, 'hasStep'>;

/** A tfjs backend that computes nothing. It records the kernels that would run, and their operands. */
export class RecordingBackend extends tf.KernelBackend {
  readonly values: ProgramValue[] = [];
  readonly calls: Call[] = [];
  readonly #numbers = new WeakMap<object, number>();
  /** Number of tensors that refer to each value. tfjs requires this count. */
  readonly #references = new WeakMap<object, number>();
  /** Names of the batch's arrays, by array. */
  readonly #inputs = new Map<unknown, string>();

  /** Registers the name of an array of the batch, before a tensor is made from the array. */
  readonly nameInput = (name: string, numbers: Float32Array | Int32Array): void => {
    this.#inputs.set(numbers, name);
  };

  /** Returns the index in `values` of a tensor's value. */
  numberOf({ dataId }: Pick<tf.TensorInfo, 'dataId'>): number {
    const value = this.#numbers.get(dataId);
    if (value === undefined)
      throw new TypeError('tensor: expected one of this recording, got another');
    return value;
  }

  /** Adds a value to `values`, and returns a tensor that represents it. */
  addValue(value: ProgramValue): tf.TensorInfo {
    const dataId = {};
    this.#numbers.set(dataId, this.values.push(value) - 1);
    this.#references.set(dataId, 1);
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  /** Records a call of a kernel, and returns its results, tensors of the given shapes without numbers. */
  call(
    kernel: string,
    inputs: Readonly<Record<string, tf.TensorInfo>>,
    attributes: Call['attributes'],
    shapes: readonly (readonly number[])[],
  ): tf.TensorInfo[] {
    const call = this.calls.length;
    const outputs = shapes.map((shape) =>
      this.addValue({ shape, dtype: 'float32', source: { kind: 'output', call } }),
    );
    const read = Object.entries(inputs).map(([name, tensor]) => [name, this.numberOf(tensor)]);
    this.calls.push({
      kernel,
      inputs: Object.fromEntries(read) as Call['inputs'],
      attributes: { ...attributes },
      outputs: outputs.map((tensor) => this.numberOf(tensor)),
      isDifferentiated: tf.engine().state.gradientDepth > 0,
    });
    return outputs;
  }

  override write(
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
  ): object {
    const name = this.#inputs.get(values);
    const kind = dtype === 'int32' ? 'int32' : 'float32'; // core uses no other types
    const source =
      name === undefined
        ? ({ kind: 'constant', numbers: values as Float32Array | Int32Array } as const)
        : ({ kind: 'input', name } as const);
    return this.addValue({ shape, dtype: kind, source }).dataId;
  }

  override numDataIds(): number {
    return 0; // no numbers are stored
  }

  override refCount(dataId: object): number {
    return this.#references.get(dataId) ?? 0;
  }

  override incRef(dataId: object): void {
    this.#references.set(dataId, this.refCount(dataId) + 1);
  }

  override disposeData(dataId: object): boolean {
    this.#references.set(dataId, this.refCount(dataId) - 1);
    return this.refCount(dataId) <= 0;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override dispose(): void {
    // no memory to free
  }
}
