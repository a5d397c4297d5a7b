import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { registerEngine } from '../engine/engine.js';
import { createParameterStore, hostParameterStore } from './create-parameter-store.js';

const specs = [{ name: 'w', shape: [2, 3], initializer: { kind: 'constant', value: 1 } }] as const;

describe('createParameterStore', () => {
  it('makes a store of zeros', () => {
    expect([...createParameterStore(specs).read('w')]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("makes the engine's own kind of store if it has one", async () => {
    tf.registerBackend('other', () => new MathBackendCPU());
    const own = hostParameterStore(specs);
    registerEngine({ name: 'other', kernels: {}, createParameterStore: () => own });
    expect(createParameterStore(specs)).not.toBe(own);
    await tf.setBackend('other');
    expect(createParameterStore(specs)).toBe(own);
    await tf.setBackend('cpu');
    tf.removeBackend('other');
  });
});
