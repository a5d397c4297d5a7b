/**
 * Times one AdamW update of all parameters of GPT-2 small on the engine native, for comparison with
 * plain-adamw.cc.
 *   adamw.mjs
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { modelConfig } from '@ramble/core';
import { createParameterStore } from '@ramble/core/engine';
import { parameterSpecs } from '@ramble/core/model';
import { nativeEngine } from '@ramble/native';
import * as tf from '@tensorflow/tfjs-core';

import { timeSteps } from './time-steps.mjs';
import { MODELS } from './workloads.mjs';

const UPDATES = 5;
const RULE = {
  kind: 'adam',
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0.1,
  decay: 'decoupled',
};

await nativeEngine.load();
const specs = parameterSpecs(modelConfig(MODELS.C));
const store = createParameterStore(specs);
const gradients = Object.fromEntries(specs.map(({ name, shape }) => [name, tf.fill(shape, 1e-4)]));
let count = 0;
await timeSteps(() => store.update(gradients, { ...RULE, count: ++count }, 1), UPDATES);
