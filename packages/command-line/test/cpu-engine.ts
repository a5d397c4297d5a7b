import '@tensorflow/tfjs-backend-cpu';
import type { Engine } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';

/** tfjs's plain JavaScript. */
export const cpuEngine: Engine = {
  name: 'cpu',
  description: 'Plain JavaScript.',
  check: () => Promise.resolve(undefined),
  load: async () => {
    tf.env().set('PROD', true); // or it advertises other backends
    await tf.setBackend('cpu');
  },
};

/** An engine that cannot run anywhere. */
export const absentEngine: Engine = {
  name: 'absent',
  description: 'For future machines.',
  check: () => Promise.resolve('expected a machine to come, got this one'),
  load: () => Promise.reject(new Error('absent')),
};
