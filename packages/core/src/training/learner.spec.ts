import * as tf from '@tensorflow/tfjs-core';

import { trainingConfig } from '../config/training-config.js';
import { createModel } from '../model/model.js';
import { lossAndGradients } from './gradients.js';
import { createLearner } from './learner.js';

const size = { vocabSize: 11, contextLength: 6, nLayer: 2, nHead: 2, nEmbd: 8 };
const batch = {
  batchSize: 2,
  tokens: Int32Array.from({ length: 12 }, (_, i) => i % 11),
  targets: Int32Array.from({ length: 12 }, (_, i) => (3 * i) % 11),
  weights: new Float32Array(12).fill(1),
};
const config = { ...trainingConfig({ maxSteps: 4 }), seed: 5 };

describe('createLearner', () => {
  it('is the tape where the engine runs no programs', () => {
    const model = createModel(size, { seed: 1 });
    const learner = createLearner(model);
    const taped = lossAndGradients(model, [batch], config, 0);
    const learned = learner.lossAndGradients([batch], config, 0);
    expect(learned.loss).toBe(taped.loss);
    for (const [name, gradient] of Object.entries(taped.gradients)) {
      expect(learned.gradients[name].dataSync()).toEqual(gradient.dataSync());
    }
    tf.dispose(taped.gradients);
    learner.dispose();
  });

  it('leaves no tensors behind', () => {
    const model = createModel(size, { seed: 1 });
    model.parameters.tensors();
    const before = tf.memory().numTensors;
    const learner = createLearner(model);
    learner.lossAndGradients([batch], config, 0);
    learner.lossAndGradients([batch], config, 1);
    learner.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
