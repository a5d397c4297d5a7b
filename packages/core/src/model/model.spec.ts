import * as tf from '@tensorflow/tfjs-core';

import { createModel, emptyModel } from './model.js';

const sizes = { vocabSize: 7, contextLength: 5, nLayer: 2, nHead: 3, nEmbd: 6 };

describe('createModel', () => {
  it('makes the same model for the same seed and a different one for another seed', () => {
    const weight = (seed: number): Float32Array =>
      createModel(sizes, { seed }).parameters.read('blocks.1.mlp.down.weight');
    expect(weight(4)).toEqual(weight(4));
    expect(weight(4)).not.toEqual(weight(5));
  });

  it.each([NaN, 1.5, -1])('refuses the seed %d', (seed) => {
    expect(() => createModel(sizes, { seed })).toThrow(
      new RangeError(`seed: expected an integer of at least 0, got ${seed}`),
    );
  });

  it('refuses a shape that cannot be, naming the setting', () => {
    expect(() => createModel({ ...sizes, nHead: 4 })).toThrow(
      new RangeError('nHead: expected a divisor of nEmbd (6), got 4'),
    );
  });
});

describe('emptyModel', () => {
  it('has every parameter at zero and disposes of its tensors', () => {
    const before = tf.memory().numTensors;
    const model = emptyModel(sizes);
    const sums = Object.values(model.parameters.tensors()).map((tensor) =>
      tensor.dataSync<'float32'>().reduce((sum, value) => sum + Math.abs(value), 0),
    );
    expect(sums).toEqual(new Array(model.parameters.specs.length).fill(0));
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
