import * as tf from '@tensorflow/tfjs-core';

import { oneHot } from './cross-entropy.js';

describe('oneHot', () => {
  it('marks the id of each row', () => {
    const rows = oneHot(tf.tensor1d([2, 0, 2], 'int32'), 4);
    expect(rows.shape).toEqual([3, 4]);
    expect([...rows.dataSync()]).toEqual([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
    expect([...oneHot(tf.tensor1d([0, 0], 'int32'), 1).dataSync()]).toEqual([1, 1]);
  });
});
