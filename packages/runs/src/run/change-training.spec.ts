import { createTinyRun } from '../../test/tiny-run.js';
import { changeTraining, openRun } from './open-run.js';

describe('changeTraining', () => {
  it('writes settings that the next openRun reads', async () => {
    const run = await createTinyRun();
    const training = { ...run.description.training, maxSteps: 4000 };
    const changed = await changeTraining(run, { training, engine: 'native' });
    expect(changed.description).toEqual({ ...run.description, training, engine: 'native' });
    expect(await openRun(run.storage)).toEqual(changed);
  });

  it('refuses settings that could not be read back, and another optimizer', async () => {
    const run = await createTinyRun();
    const { training } = run.description;
    await expect(
      changeTraining(run, { training: { ...training, maxSteps: 0 } }),
    ).rejects.toHaveProperty(
      'message',
      'training: maxSteps: expected at least 1 when maxMinutes is 0, got 0',
    );
    await expect(
      changeTraining(run, { training: { ...training, optimizer: 'sgd' } }),
    ).rejects.toHaveProperty(
      'message',
      'optimizer: expected adamw, which the run was trained with, got sgd',
    );
    expect(await openRun(run.storage)).toEqual(run);
  });
});
