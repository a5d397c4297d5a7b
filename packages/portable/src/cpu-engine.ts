import { type Engine, registerEngine } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { cpuArrays } from './cpu-arrays.js';
import { portableKernels } from './portable-kernels.js';

/** The engine `cpu`: plain JavaScript on one thread; it runs everywhere, slowly. */
export const cpuEngine: Engine = {
  name: 'cpu',
  description: 'plain JavaScript; runs everywhere, slow',
  check: () => Promise.resolve(undefined),
  load: async () => {
    const { MathBackendCPU } = await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    const backend = tf.backend();
    if (!(backend instanceof MathBackendCPU))
      throw new TypeError('cpu: expected the backend of tfjs-backend-cpu, got another');
    Reflect.set(backend, 'firstUse', false); // its greeting advertises another package
    registerEngine({ name: 'cpu', kernels: portableKernels(cpuArrays(backend)) });
  },
};
