import * as tf from '@tensorflow/tfjs-core';

import { smallTraining } from '../../test/small-training.js';
import { createModel } from '../model/model.js';
import { modelOf } from '../model/model-in-use.js';
import { createParameterStore } from '../parameters/create-parameter-store.js';
import { lossAndGradients } from './gradients.js';
import { createLearner } from './learner.js';

const { size, batch, config } = smallTraining;

describe('createLearner', () => {
  it('is the gradient tape if the engine runs no programs', () => {
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

  it('refuses a model with a parameter that is unknown to the model and its training', () => {
    const { config: shape, parameters } = createModel(size, { seed: 1 });
    const initializer = { kind: 'constant', value: 0 } as const;
    const store = createParameterStore([
      ...parameters.specs,
      { name: 'stray', shape: [1], initializer },
    ]);
    const learner = createLearner(modelOf(shape, store));
    expect(() => learner.lossAndGradients([batch], config, 0)).toThrow(
      new TypeError('model: expected no training heads, got stray; withTrainingHeads makes them'),
    );
    learner.dispose();
  });

  it('disposes of all tensors', () => {
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
