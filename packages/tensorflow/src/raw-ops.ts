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
interface TensorflowBackend {
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

const { flag, int, text, type } = attribute;
const T = type('T', DTYPE.float32);
const NHWC = text('data_format', 'NHWC');
const int32 = (name: string): Attribute => type(name, DTYPE.int32);
const float32 = (name: string): Attribute => type(name, DTYPE.float32);
const one = (name: string, attributes: readonly Attribute[], ...inputs: tf.Tensor[]): tf.Tensor =>
  runOp(name, attributes, inputs)[0];
const reduction = [T, int32('Tidx'), flag('keep_dims', true)];

/**
 * TensorFlow's ops on 32-bit floats. Each is one call without the layers of tfjs. The enclosing tidy owns the outputs.
 *
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
export const raw = {
  add: (a: tf.Tensor, b: tf.Tensor) => one('AddV2', [T], a, b),
  sub: (a: tf.Tensor, b: tf.Tensor) => one('Sub', [T], a, b),
  mul: (a: tf.Tensor, b: tf.Tensor) => one('Mul', [T], a, b),
  scale: (x: tf.Tensor, factor: number) => one('Mul', [T], x, tf.scalar(factor)),
  shift: (x: tf.Tensor, summand: number) => one('AddV2', [T], x, tf.scalar(summand)),
  addAll: (list: readonly tf.Tensor[]) => one('AddN', [T, int('N', list.length)], ...list),
  square: (x: tf.Tensor) => one('Square', [T], x),
  sqrt: (x: tf.Tensor) => one('Sqrt', [T], x),
  rsqrt: (x: tf.Tensor) => one('Rsqrt', [T], x),
  /** Converts booleans to 0 and 1. */
  castBool: (x: tf.Tensor) =>
    one('Cast', [type('SrcT', DTYPE.bool), float32('DstT'), flag('Truncate', false)], x),
  /** Copies the numbers into separate memory. */
  deepCopy: (x: tf.Tensor) => one('DeepCopy', [T], x),
  sigmoid: (x: tf.Tensor) => one('Sigmoid', [T], x),
  /** Computes `dy * y * (1 - y)` for y = sigmoid(x). */
  sigmoidGrad: (y: tf.Tensor, dy: tf.Tensor) => one('SigmoidGrad', [T], y, dy),
  softmax: (x: tf.Tensor) => one('Softmax', [T], x),
  /** Computes half the sum of squares. */
  l2Loss: (x: tf.Tensor) => one('L2Loss', [T], x),

  /** Computes the mean over one axis, which stays with length 1. */
  mean: (x: tf.Tensor, axis: number) => one('Mean', reduction, x, tf.scalar(axis, 'int32')),
  sum: (x: tf.Tensor, axis: number) => one('Sum', reduction, x, tf.scalar(axis, 'int32')),

  /** Adds a vector to each row. */
  biasAdd: (x: tf.Tensor, bias: tf.Tensor) => one('BiasAdd', [T, NHWC], x, bias),
  /** Computes the sum of the rows, one number per column. */
  biasAddGrad: (dy: tf.Tensor) => one('BiasAddGrad', [T, NHWC], dy),

  matMul: (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false) =>
    one('MatMul', [T, flag('transpose_a', transposeA), flag('transpose_b', transposeB)], a, b),
  /** Multiplies matrices of the last two axes. */
  batchMatMul: (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false) =>
    one('BatchMatMulV2', [T, flag('adj_x', transposeA), flag('adj_y', transposeB)], a, b),

  /** Reshapes without copying the numbers. */
  reshape: (x: tf.Tensor, shape: number[]) =>
    one('Reshape', [T, int32('Tshape')], x, tf.tensor1d(shape, 'int32')),
  transpose: (x: tf.Tensor, order: number[]) =>
    one('Transpose', [T, int32('Tperm')], x, tf.tensor1d(order, 'int32')),
  /** Splits along the first axis, which is removed. The parts share the numbers. */
  unstack: (x: tf.Tensor, count: number) =>
    runOp('Unpack', [T, int('num', count), int('axis', 0)], [x], count),
  /** Joins tensors along a new first axis. */
  stack: (list: readonly tf.Tensor[]) =>
    one('Pack', [T, int('N', list.length), int('axis', 0)], ...list),

  gatherRows: (table: tf.Tensor, rows: tf.Tensor) =>
    one(
      'GatherV2',
      [float32('Tparams'), int32('Tindices'), int32('Taxis')],
      table,
      rows,
      tf.scalar(0, 'int32'),
    ),
  /** Sums rows by id; zeros for ids without rows. */
  segmentSum: (rows: tf.Tensor, ids: tf.Tensor, count: number) =>
    one(
      'UnsortedSegmentSum',
      [T, int32('Tindices'), int32('Tnumsegments')],
      rows,
      ids,
      tf.scalar(count, 'int32'),
    ),
  oneHot: (ids: tf.Tensor, depth: number, on: number, off: number) =>
    one('OneHot', [T, int32('TI')], ids, tf.scalar(depth, 'int32'), tf.scalar(on), tf.scalar(off)),

  /** Computes the loss of each row, and its gradient: softmax minus the one-hot label. */
  sparseSoftmaxCrossEntropy: (logits: tf.Tensor, labels: tf.Tensor) =>
    runOp('SparseSoftmaxCrossEntropyWithLogits', [T, int32('Tlabels')], [logits, labels], 2),
  /** Computes the loss of each row and its gradient, for labels that are distributions. */
  softmaxCrossEntropy: (logits: tf.Tensor, labels: tf.Tensor) =>
    runOp('SoftmaxCrossEntropyWithLogits', [T], [logits, labels], 2),
} as const;
