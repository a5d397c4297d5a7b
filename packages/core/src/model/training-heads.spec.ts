import { trainingConfig } from '../config/training-config.js';
import { modelConfig } from '../config/model-config.js';
import { createModel, withTrainingHeads } from './model.js';
import { SECOND_HEAD } from './model-parameters.js';

const tinyConfig = modelConfig({ vocabSize: 7, contextLength: 5, nLayer: 2, nHead: 3, nEmbd: 6 });
const training = trainingConfig({ secondTarget: 0.5, seed: 4 });

describe('withTrainingHeads', () => {
  it('adds the head of a second target and leaves the model unchanged', () => {
    const plain = createModel(tinyConfig, { seed: 4 });
    const values = plain.parameters.specs.map(({ name }) => plain.parameters.read(name));
    const model = withTrainingHeads(plain, training);
    const [head] = model.parameters.specs.slice(values.length);
    expect(head).toMatchObject({ name: SECOND_HEAD, shape: [7, 6] });
    expect(model.parameters.specs.slice(0, -1).map(({ name }) => model.parameters.read(name))).toEqual(values); // prettier-ignore
    const numbers = model.parameters.read(SECOND_HEAD);
    expect(Math.hypot(...numbers) / Math.sqrt(42)).toBeCloseTo(0.02, 2);
  });

  it('returns the model itself without a second target', () => {
    const model = createModel(tinyConfig);
    expect(withTrainingHeads(model, trainingConfig())).toBe(model);
  });
});
