import { dropout, dropoutFactors } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';

import { firstLosses, trainSteps } from '../../test/train-steps.js';
import { loadAddon } from '../addon/load-addon.js';
import { nativeEngine } from '../engine.js';
import { asNative } from './native-backend.js';

beforeEach(() => nativeEngine.load());

/** Adds two tensors of this length in the addon. */
function freshSum(length: number): tf.Tensor1D {
  return tf.tidy(() => tf.add(tf.ones([length]), tf.ones<tf.Rank.R1>([length])));
}

/** Returns the array of a tensor, without marking it as read. */
function arrayOf(tensor: tf.Tensor): Float32Array {
  return asNative().floats(tensor);
}

describe('the native backend', () => {
  it('reuses the array of a disposed tensor', () => {
    const first = freshSum(1001);
    const { buffer } = arrayOf(first);
    first.dispose();
    const second = freshSum(1001);
    expect(arrayOf(second).buffer).toBe(buffer);
    second.dispose();
  });

  it('never overwrites numbers that were read', () => {
    const first = freshSum(1003);
    const seen = first.dataSync();
    first.dispose();
    const second = tf.mul(freshSum(1003), freshSum(1003));
    expect(seen.every((value) => value === 2)).toBe(true);
    tf.dispose(second);
  });

  it('never overwrites numbers that a kernel of tfjs still views', () => {
    const first = freshSum(1005);
    const [, part, rest] = tf.split(first, [3, 7, 995]);
    first.dispose();
    const others = [tf.mul(freshSum(1005), freshSum(1005)), freshSum(1005)];
    expect([...part.dataSync()]).toEqual([2, 2, 2, 2, 2, 2, 2]);
    tf.dispose([part, rest, ...others]);
  });

  it('drops exactly the same entries as core', () => {
    for (const rate of [0.1, 0.5, 1 / 3]) {
      const settings = { rate, seed: 2 ** 53 - 1, step: 12, stream: 3 };
      const ones = tf.ones<tf.Rank.R2>([67, 33]);
      expect(dropout(ones, settings).dataSync()).toEqual(
        dropoutFactors(ones.shape, settings).dataSync(),
      );
    }
  });

  it('names both shapes if they do not agree', () => {
    const run = (): unknown =>
      tf.engine().runKernel('FusedLinear', {
        x: tf.zeros([2, 3]),
        weight: tf.zeros([4, 5]),
        bias: tf.zeros([5]),
      });
    expect(run).toThrow(new RangeError('weight: expected shape [3,5], got [4,5]'));
  });

  it('keeps no tensors after a hundred steps', async () => {
    const steps = trainSteps(1);
    await steps.next();
    const { numTensors } = tf.memory();
    const dataIds = tf.backend().numDataIds();
    for (let step = 0; step < 100; step++) await steps.next();
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(tf.backend().numDataIds()).toBe(dataIds);
  });

  it('trains to the same bits on one thread and on two', async () => {
    const lossesOn = (threads: string): Promise<number[]> => {
      loadAddon({ RAMBLE_THREADS: threads });
      return firstLosses(2, 10);
    };
    const alone = await lossesOn('1');
    expect(await lossesOn('2')).toEqual(alone);
    expect(await lossesOn('2')).toEqual(alone);
  });
});
