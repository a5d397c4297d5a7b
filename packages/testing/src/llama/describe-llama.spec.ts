import '@tensorflow/tfjs-backend-cpu';
import { readFile } from 'node:fs/promises';

import type { Engine } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';

import { describeLlama } from './describe-llama.js';

/** tfjs's cpu backend, with no kernels of ramble. */
const composed: Engine = {
  name: 'composed',
  description: 'the composed form of every op',
  check: () => Promise.resolve(undefined),
  load: async () => {
    await tf.setBackend('cpu');
  },
};
const read = (path: string): Promise<Uint8Array> =>
  readFile(new URL(`../../fixtures/llama/${path}`, import.meta.url));
// Steps of an optimizer are tested with gradients, for which these results are the reference.
describeLlama(composed, read, { steps: false });
