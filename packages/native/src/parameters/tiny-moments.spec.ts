import type { UpdateRule } from '@ramble/core/training';
import * as tf from '@tensorflow/tfjs-core';

import { loadAddon } from '../addon/load-addon.js';
import { nativeEngine } from '../engine.js';
import { nativeParameterStore } from '../training/planned-memory.js';

const SIZE = 37;
const shared = { learningRate: 0.01, weightDecay: 0, count: 1 };
const rules: Readonly<Record<string, UpdateRule>> = {
  adam: {
    ...{ ...shared, kind: 'adam', beta1: 0.9, beta2: 0.9, eps: 1e-8 },
    decay: 'decoupled',
  },
  sgd: { ...shared, kind: 'sgd', momentum: 0.9, nesterov: false },
};

/** Subnormal moments. Ordinary rounding would keep the smallest ones forever: 0.9 times 4 units rounds to 4 units. */
describe('moments that fade', () => {
  const addon = loadAddon({});
  beforeEach(() => nativeEngine.load());
  afterAll(() => addon.useInstructionSet(addon.instructionSets()[0]));

  describe.each(addon.instructionSets())('with %s', (name) => {
    beforeEach(() => addon.useInstructionSet(name));

    it.each(Object.keys(rules))('end at 0 with %s', (kind) => {
      const initializer = { kind: 'constant', value: 1 } as const;
      const store = nativeParameterStore(addon)([{ name: 'w', shape: [SIZE], initializer }]);
      const update = (gradient: number): void => {
        const w = tf.fill([SIZE], gradient);
        store.update({ w }, rules[kind], 0);
        w.dispose();
      };
      update(1e-3);
      expect(store.read('w', 'mean').every((moment) => moment > 0)).toBe(true);
      for (let step = 0; step < 1000; step++) update(0);
      expect(store.read('w', 'mean')).toEqual(new Float32Array(SIZE));
      if (kind === 'adam') expect(store.read('w', 'variance')).toEqual(new Float32Array(SIZE));
      store.dispose();
    });
  });
});
