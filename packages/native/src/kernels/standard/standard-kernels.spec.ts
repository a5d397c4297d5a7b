import { toBeAllClose } from '@ramble/node/matchers';
import * as tf from '@tensorflow/tfjs-core';

import { onCpu } from '../../../test/on-cpu.js';
import { loadAddon } from '../../addon/load-addon.js';
import { nativeEngine } from '../../engine.js';
import { STANDARD_KERNELS } from './standard-kernels.js';

tf.env().set('IS_TEST', true); // tfjs then checks that kernels dispose of what they make
expect.extend({ toBeAllClose });

const SIZES = [1, 7, 8, 9, 15, 16, 17, 63, 64, 65];
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1e30, -1e30, 1e-30, 0.3, -2.5, 100, -100];

const UNARY = {
  Abs: tf.abs,
  Exp: tf.exp,
  Neg: tf.neg,
  OnesLike: tf.onesLike,
  Reciprocal: tf.reciprocal,
  Relu: tf.relu,
  Rsqrt: tf.rsqrt,
  Sigmoid: tf.sigmoid,
  Softmax: tf.softmax,
  Sqrt: tf.sqrt,
  Square: tf.square,
  Tanh: tf.tanh,
  ZerosLike: tf.zerosLike,
};
const BINARY = {
  Add: tf.add,
  Equal: tf.equal,
  Greater: tf.greater,
  GreaterEqual: tf.greaterEqual,
  Less: tf.less,
  LessEqual: tf.lessEqual,
  Maximum: tf.maximum,
  Minimum: tf.minimum,
  Multiply: tf.mul,
  NotEqual: tf.notEqual,
  RealDiv: tf.div,
  SquaredDifference: tf.squaredDifference,
  Sub: tf.sub,
};
const REDUCTIONS = { Max: tf.max, Mean: tf.mean, Min: tf.min, Sum: tf.sum };
const OTHERS: Readonly<Record<string, () => tf.Tensor>> = {
  'BatchMatMul of batches and of one for all': () =>
    tf.add(
      tf.matMul(waves([3, 7, 9]), waves([3, 17, 9]), false, true),
      tf.matMul(waves([7, 9]), waves([3, 9, 17])),
    ),
  'Cast to whole numbers': () => tf.cast(tf.tensor([1.7, -1.7, NaN, 3e9, 0]), 'int32'),
  'Cast to floats': () =>
    tf.add(tf.cast(tf.range(0, 9, 1, 'int32'), 'float32'), tf.cast(flags([9]), 'float32')),
  'Cast to flags': () => tf.cast(tf.tensor([0, NaN, 2]), 'bool'),
  'Cast of floats to floats': () => tf.cast(waves([7]), 'float32'),
  'Concat of three along the middle': () =>
    tf.concat([waves([2, 3, 5]), waves([2, 0, 5]), waves([2, 7, 5])], 1),
  'Concat of whole numbers': () => tf.concat([ids([3, 2], 9), ids([4, 2], 7)], 0),
  'Concat of other kinds': () => tf.concat([flags([3]), flags([4])]),
  'Fill with a float': () => tf.fill([3, 5], 2.5),
  'Fill with a whole number': () => tf.fill([3], 2, 'int32'),
  'GatherV2 by a matrix of ids': () => tf.gather(waves([9, 3, 5]), ids([2, 4], 9)),
  'GatherV2 of another axis': () => tf.gather(waves([3, 9]), ids([4], 9), 1),
  'GatherV2 by what OneHot keeps as floats': () =>
    tf.gather(waves([2, 3]), tf.oneHot(ids([4], 3), 3, 1, 0, 'int32')),
  'OneHot with ids out of range': () => tf.oneHot(tf.tensor1d([1, -1, 7, 0], 'int32'), 5, 2, -1),
  'Select by flags of its shape': () => tf.where(flags([3, 17]), waves([3, 17]), SPECIAL[0]),
  'Select by a row of flags': () => tf.where(flags([17]), waves([3, 17]), waves([1])),
  'Select of whole numbers': () => tf.where(flags([7]), ids([7], 5), ids([7], 3)),
  'Slice of a block': () => tf.slice(waves([5, 7, 9]), [1, 2, 3], [3, 4, -1]),
  'Slice of rows and of nothing': () =>
    tf.concat([tf.slice(waves([5, 7]), [2, 0], [2, 7]), tf.slice(waves([5, 7]), [2, 0], [0, 7])]),
  'Tile of a tensor': () => tf.tile(waves([2, 3, 5]), [3, 1, 2]),
  'Tile of whole numbers, none': () => tf.tile(ids([2, 3], 9), [0, 2]),
  'Transpose of three axes': () => tf.transpose(waves([5, 17, 9]), [2, 0, 1]),
  'Transpose of a matrix of whole numbers': () => tf.transpose(ids([65, 33], 99)),
  'Transpose of heads': () => tf.transpose(waves([2, 7, 3, 8]), [0, 2, 1, 3]),
  '_FusedMatMul with a bias and ReLU': () => fused(waves([17]), 'relu'),
  '_FusedMatMul without a bias': () => fused(undefined, 'linear'),
  '_FusedMatMul with what the addon lacks': () => fused(waves([7, 17]), 'elu'),
};

it('covers every standard kernel', () => {
  const names = [UNARY, BINARY, REDUCTIONS, OTHERS].flatMap((cases) => Object.keys(cases));
  const covered = new Set(names.map((name) => name.split(' ')[0]));
  expect([...covered].sort()).toEqual(Object.keys(STANDARD_KERNELS).sort());
});

describe.each(loadAddon({}).instructionSets())('on %s the kernel', (instructionSet) => {
  beforeEach(async () => {
    await nativeEngine.load();
    loadAddon({ RAMBLE_ISA: instructionSet, RAMBLE_THREADS: '2' });
  });
  afterAll(() => loadAddon({}));

  it.each(Object.entries(UNARY))('%s returns the same as tfjs', async (_, op) => {
    for (const size of SIZES) await compare(() => op(waves([size])));
    await compare(() => op(waves([3, 7001])));
    for (const value of SPECIAL) await compare(() => op(tf.tensor([value])));
    await compare(() => op(tf.zeros([0, 3])));
  });

  it.each(Object.entries(BINARY))('%s returns the same as tfjs', async (_, op) => {
    for (const size of SIZES) await compare(() => op(waves([size]), waves([size], 2)));
    for (const [a, b] of SHAPES) {
      await compare(() => op(waves(a), waves(b, 2)));
      await compare(() => op(waves(b), waves(a, 2)));
    }
    await compare(() => op(tf.tensor(SPECIAL, [SPECIAL.length, 1]), tf.tensor(SPECIAL)));
    await compare(() => op(tf.zeros([0, 3]), tf.ones([3])));
    await compare(() => op(ids([3, 7], 5), ids([7], 3)));
    expect(() => op(waves([3, 7]), waves([8]))).toThrow(/3,7.*8/);
  });

  it.each(Object.entries(REDUCTIONS))('%s returns the same as tfjs', async (_, op) => {
    for (const size of SIZES) await compare(() => op(waves([size])));
    for (const axis of [undefined, 0, 1, 2, -1, [0, 1], [1, 2], [0, 2], []]) {
      for (const keepDims of [false, true])
        await compare(() => op(waves([5, 9, 67]), axis, keepDims));
    }
    await compare(() => op(waves([2, 30_000]), 1));
    for (const value of SPECIAL) {
      await compare(() => op(tf.tensor([1, value, 3])));
      await compare(() => op(tf.tensor([1, value, 3, 4], [2, 2]), 0));
    }
    await compare(() => op(ids([3, 5], 9), 1));
  });

  it.each(Object.entries(OTHERS))('%s returns the same as tfjs', (_, op) => compare(op));

  it('GatherV2 refuses ids out of range', () => {
    const run = (): tf.Tensor => tf.gather(waves([3, 2]), tf.tensor1d([1, 3], 'int32'));
    expect(run).toThrow(new RangeError('indices: expected integers from 0 to 2, got 3 at 1'));
  });
});

/** Pairs of shapes that can be broadcast together. */
const SHAPES: readonly (readonly [number[], number[]])[] = [
  [[5, 17], [17]],
  [
    [5, 17],
    [5, 1],
  ],
  [
    [5, 1],
    [1, 17],
  ],
  [
    [2, 3, 9],
    [3, 1],
  ],
  [
    [2, 1, 9],
    [1, 3, 1],
  ],
  [
    [4, 1, 1, 5],
    [2, 3, 1],
  ],
  [[3, 5], []],
  [[1], [1, 1]],
  [[300, 201], [201]],
];

/** Checks that both backends return the same numbers, shape and type, and dispose of all tensors. */
async function compare(op: () => tf.Tensor): Promise<void> {
  const run = (): Result => {
    const before = tf.memory().numTensors;
    const y = tf.tidy(op);
    const result = { shape: y.shape, dtype: y.dtype, values: Array.from(y.dataSync()) };
    y.dispose();
    expect(tf.memory().numTensors).toBe(before);
    return result;
  };
  const actual = run();
  const expected = await onCpu(run);
  expect([actual.shape, actual.dtype]).toEqual([expected.shape, expected.dtype]);
  expect(actual.values).toBeAllClose(expected.values, { atol: 1e-5, rtol: 1e-5 });
}

interface Result {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  readonly values: number[];
}

function waves(shape: number[], frequency = 1): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.round(20 * Math.sin(frequency * i)) / 10),
    shape,
  );
}

function ids(shape: number[], below: number): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const values = Int32Array.from({ length: size }, (_, i) => (i * 7 + 3) % below);
  return tf.tensor(values, shape, 'int32');
}

function flags(shape: number[]): tf.Tensor {
  return tf.greater(ids(shape, 5), 2);
}

function fused(bias: tf.Tensor | undefined, activation: 'linear' | 'relu' | 'elu'): tf.Tensor {
  return tf.fused.matMul({ a: waves([7, 9]), b: waves([9, 17]), bias, activation });
}
