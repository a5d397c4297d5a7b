import * as tf from '@tensorflow/tfjs-core';

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly number[];
}

/** Handle of a tensor of TensorFlow. */
interface Handle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The part of tfjs-node 4.22.0's backend that this package uses, which runs any op of TensorFlow by name. */
export interface TensorflowBackend {
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.Tensor[],
    numOutputs: number,
  ): tf.Tensor[];
  /** Raw access without tensors, for number types that tfjs does not support. */
  readonly binding: {
    createTensor(shape: readonly number[], dtype: number, values: Int32Array): number;
    deleteTensor(id: number): void;
    executeOp(
      name: string,
      attributes: readonly Attribute[],
      inputIds: readonly number[],
      numOutputs: number,
    ): Handle[];
  };
  /** Makes a tensor from a result of the binding; private in the types of tfjs-node. */
  createOutputTensor(handle: Handle): tf.Tensor;
}

/** TF_DataType of TensorFlow's C API. */
export const DTYPE = { float32: 1, int32: 3, bool: 10, uint32: 22, uint64: 23 } as const;

/** TF_AttrType of TensorFlow's C API. */
const ATTRIBUTE = { string: 0, int: 1, bool: 3, type: 4, shape: 5 } as const;

/** Functions that make an attribute of an op, by the attribute's kind. */
export const attribute = {
  flag: (name: string, value: boolean): Attribute => ({ name, type: ATTRIBUTE.bool, value }),
  int: (name: string, value: number): Attribute => ({ name, type: ATTRIBUTE.int, value }),
  shape: (name: string, value: readonly number[]): Attribute => ({
    name,
    type: ATTRIBUTE.shape,
    value,
  }),
  text: (name: string, value: string): Attribute => ({ name, type: ATTRIBUTE.string, value }),
  type: (name: string, value: number): Attribute => ({ name, type: ATTRIBUTE.type, value }),
} as const;

export function tensorflowBackend(): TensorflowBackend {
  // The cast: the engine registers its kernels and its store only for this backend.
  return tf.backend() as unknown as TensorflowBackend;
}

/** Runs one op of TensorFlow. The enclosing tidy owns the outputs. */
export function runOp(
  name: string,
  attributes: readonly Attribute[],
  inputs: readonly tf.Tensor[],
  numOutputs = 1,
): tf.Tensor[] {
  return tensorflowBackend().executeMultipleOutputs(name, attributes, inputs, numOutputs);
}
