import { trainingConfig } from '@ramble/core';
import { NEW_TRAINING } from '@ramble/core/training';

import { planNote } from './plan-note.js';

const report = { kind: 'plan', step: 0, state: NEW_TRAINING } as const;

describe('planNote', () => {
  it('gives the expected steps until the steps are planned', () => {
    const config = trainingConfig({ maxMinutes: 5 });
    expect(planNote({ ...report, config, expectedSteps: 5600 })).toBe(
      'about 5,600 steps fit into 5 minutes; the learning rate falls over the last fifth',
    );
    const constant = trainingConfig({ maxMinutes: 1, schedule: 'constant' });
    expect(planNote({ ...report, config: constant, expectedSteps: 70 })).toBe(
      'about 70 steps fit into 1 minute',
    );
  });

  it('gives the flags that train the same', () => {
    const config = trainingConfig({ maxMinutes: 5, maxSteps: 5613, schedule: 'wsd' });
    expect(planNote({ ...report, step: 4490, config, expectedSteps: 5613 })).toBe(
      'planned 5,613 steps at step 4,490; in place of --max-minutes, --max-steps 5613 --schedule wsd --warmup-steps 100 trains the same',
    );
  });

  it('gives no flags if the decay began later than the planned steps would start it', () => {
    const config = trainingConfig({ maxMinutes: 5, maxSteps: 406, schedule: 'wsd' });
    expect(planNote({ ...report, step: 381, config, expectedSteps: 406 })).toBe(
      'planned 406 steps at step 381',
    );
  });
});
