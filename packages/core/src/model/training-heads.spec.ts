import { createTinyRun, stateAt, tinyConfig } from '../../test/tiny-run.js';
import { loadRun } from '../checkpoint/load-run.js';
import { resumeRun } from '../checkpoint/resume-run.js';
import { saveCheckpoint } from '../checkpoint/save-checkpoint.js';
import { trainingConfig } from '../config/training-config.js';
import { createModel } from './model.js';
import { SECOND_HEAD, withTrainingHeads } from './training-heads.js';

const training = trainingConfig({ secondTarget: 0.5, seed: 4 });

describe('withTrainingHeads', () => {
  it('adds the head of a second target and leaves the model as it is', () => {
    const plain = createModel(tinyConfig, { seed: 4 });
    const values = plain.parameters.specs.map(({ name }) => plain.parameters.read(name));
    const model = withTrainingHeads(plain, training);
    const [head] = model.parameters.specs.slice(values.length);
    expect(head).toMatchObject({ name: SECOND_HEAD, shape: [7, 6] });
    expect(model.parameters.specs.slice(0, -1).map(({ name }) => model.parameters.read(name))).toEqual(values); // prettier-ignore
    const numbers = model.parameters.read(SECOND_HEAD);
    expect(Math.hypot(...numbers) / Math.sqrt(42)).toBeCloseTo(0.02, 2);
  });

  it('gives back the model where there is no second target', () => {
    const model = createModel(tinyConfig);
    expect(withTrainingHeads(model, trainingConfig())).toBe(model);
  });

  it('makes heads that go on with a run, and that a loaded model does not have', async () => {
    const run = await createTinyRun({ training });
    const model = withTrainingHeads(createModel(tinyConfig), training);
    const head = Float32Array.from({ length: 42 }, (_, i) => i);
    model.parameters.write(SECOND_HEAD, head);
    await saveCheckpoint(run, model, stateAt(10));
    const resumed = await resumeRun(run.storage);
    expect(resumed.model.parameters.read(SECOND_HEAD)).toEqual(head);
    const loaded = await loadRun(run.storage);
    expect(loaded.model.parameters.specs.map(({ name }) => name)).not.toContain(SECOND_HEAD);
  });
});
