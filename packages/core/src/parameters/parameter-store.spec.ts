import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { hostParameterStore } from './host-parameter-store.js';
import { createParameterStore, registerParameterStore } from './parameter-store.js';

const specs = [{ name: 'w', shape: [2, 3], initializer: { kind: 'constant', value: 1 } }] as const;

describe('createParameterStore', () => {
  it('makes a store of zeros', () => {
    expect([...createParameterStore(specs).read('w')]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("makes the backend's own kind of store where it has one", async () => {
    tf.registerBackend('other', () => new MathBackendCPU());
    const own = hostParameterStore(specs);
    registerParameterStore('other', () => own);
    expect(createParameterStore(specs)).not.toBe(own);
    await tf.setBackend('other');
    expect(createParameterStore(specs)).toBe(own);
    await tf.setBackend('cpu');
    tf.removeBackend('other');
  });
});
