import * as tf from '@tensorflow/tfjs-core';

import { smallTraining } from '../../test/small-training.js';
import { createModel } from '../model/model.js';
import { lossAndGradients } from './gradients.js';
import { createLearner } from './learner.js';

const { size, batch, config } = smallTraining;

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
