import { type Dropout, philoxKey } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

import { type Attribute, attribute, DTYPE, tensorflowBackend } from '../tensorflow-backend.js';

const { type } = attribute;
/** Philox, in TensorFlow's list of algorithms. */
const PHILOX = 1;

/**
 * The entries that dropout keeps: those whose word of the address is at least `rate * 2^32`, as
 * core's `dropoutFactors` draws them. TensorFlow draws the same words, twenty times as fast.
 *
 * @returns bool of that shape.
 */
export function keptEntries(shape: readonly number[], dropout: Dropout): tf.Tensor {
  const { rate, seed, step, stream } = dropout;
  const backend = tensorflowBackend();
  const { binding } = backend;
  // tfjs knows no unsigned integers, so nothing before the comparison is a tensor of tfjs.
  const ids: number[] = [];
  const ints = (ofShape: readonly number[], values: readonly number[]): number => {
    ids.push(binding.createTensor(ofShape, DTYPE.int32, Int32Array.from(values)));
    return ids[ids.length - 1];
  };
  const run = (
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
  ): number => {
    ids.push(binding.executeOp(name, attributes, inputs, 1)[0].id);
    return ids[ids.length - 1];
  };
  const unsigned = (id: number, dtype: number): number =>
    run('Bitcast', [type('T', DTYPE.int32), type('type', dtype)], [id]);

  const key = unsigned(ints([1, 2], philoxKey({ seed, purpose: 'dropout', step })), DTYPE.uint64);
  const counter = unsigned(ints([2, 2], [0, 0, step, stream]), DTYPE.uint64);
  const words = run(
    'StatelessRandomUniformFullIntV2',
    [type('dtype', DTYPE.uint32), type('Tshape', DTYPE.int32)],
    [ints([shape.length], shape), key, counter, ints([], [PHILOX])],
  );
  const threshold = unsigned(ints([], [Math.ceil(rate * 2 ** 32)]), DTYPE.uint32);
  const [kept] = binding.executeOp(
    'GreaterEqual',
    [type('T', DTYPE.uint32)],
    [words, threshold],
    1,
  );
  for (const id of ids) binding.deleteTensor(id);
  return backend.createOutputTensor(kept);
}
