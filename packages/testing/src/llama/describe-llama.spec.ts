import '@tensorflow/tfjs-backend-cpu';
import { readFile } from 'node:fs/promises';

import type { Engine } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { describeLlama } from './describe-llama.js';

/** tfjs's cpu backend with no kernel of its own. */
const composed: Engine = {
  name: 'composed',
  description: 'the composed form of every op',
  check: () => Promise.resolve(undefined),
  load: async () => {
    await tf.setBackend('cpu');
  },
};
describeLlama(composed, (path) =>
  readFile(new URL(`../../fixtures/llama/${path}`, import.meta.url)),
);
