import { createParameterStore, type ParameterStore } from '@ramble/core/engine';
import type { UpdateRule } from '@ramble/core/training';
import * as tf from '@tensorflow/tfjs-core';

import { describeOnEngine } from '../../test/describe-on-engine.js';

const rule: UpdateRule = {
  kind: 'sgd',
  learningRate: 1,
  momentum: 0,
  nesterov: false,
  weightDecay: 0,
};

function newStore(length: number): ParameterStore {
  return createParameterStore([
    { name: 'w', shape: [length], initializer: { kind: 'constant', value: 0 } },
  ]);
}

describeOnEngine('variableStore', () => {
  it('shares no memory with arrays that were written or read, at any offset', () => {
    const length = 1000;
    const ones = { w: tf.ones([length]) };
    // TensorFlow takes over memory that starts at a multiple of 64; one of these offsets does.
    const memory = new ArrayBuffer(4 * length + 64);
    for (let offset = 0; offset < 64; offset += 4) {
      const store = newStore(length);
      const given = new Float32Array(memory, offset, length).fill(3);
      store.write('w', given);
      given.fill(4);
      expect(store.read('w')[0]).toBe(3);
      const read = store.read('w');
      store.update(ones, rule, 0);
      expect([given[0], read[0], store.read('w')[0]]).toEqual([4, 3, 2]);
      store.dispose();
    }
    ones.w.dispose();
  });

  it('changes no tensor that has a clone', () => {
    const store = newStore(3);
    const clone = tf.clone(store.tensors().w);
    store.update({ w: tf.ones([3]) }, rule, 0);
    expect([...clone.dataSync()]).toEqual([0, 0, 0]);
    expect([...store.tensors().w.dataSync()]).toEqual([-1, -1, -1]);
    store.dispose();
  });

  it('refuses an unknown parameter, and values of another length', () => {
    const store = newStore(3);
    const unknown = new RangeError('x: expected a parameter of this model, got an unknown name');
    expect(() => store.read('x')).toThrow(unknown);
    expect(() => store.write('x', new Float32Array(3))).toThrow(unknown);
    expect(() => store.write('w', new Float32Array(2))).toThrow(
      new RangeError('w: expected 3 values, got 2'),
    );
    store.dispose();
  });

  it('disposes of all tensors', () => {
    const before = tf.memory().numTensors;
    const store = newStore(3);
    tf.tidy(() => void store.update({ w: tf.ones([3]) }, rule, 1));
    store.tensors();
    store.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
