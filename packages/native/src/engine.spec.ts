import type { Engine } from '@ramble/core/engine';
import { describeEngineConformance } from '@ramble/testing';
import * as tf from '@tensorflow/tfjs-core';

import { loadAddon } from './addon/load-addon.js';
import { nativeEngine } from './engine.js';

tf.env().set('IS_TEST', true); // tfjs then checks that kernels dispose of what they make

for (const name of loadAddon(process.env).instructionSets()) {
  const onInstructionSet: Engine = {
    ...nativeEngine,
    name: `native on ${name}`,
    load: async () => {
      await nativeEngine.load();
      loadAddon({ ...process.env, RAMBLE_ISA: name });
    },
  };
  describeEngineConformance(onInstructionSet);
}
