import { parseTrainingState } from './parse-training-state.js';
import { NEW_TRAINING } from './training-state.js';

const AT_20 = { ...NEW_TRAINING, step: 20, tokensSeen: 1200, elapsedSeconds: 0.5 };

describe('parseTrainingState', () => {
  it.each([NEW_TRAINING, { ...AT_20, bestLoss: 0.5, bestStep: 10 }])(
    'returns the fields of %j that JSON stores',
    (state) => {
      const json = JSON.parse(JSON.stringify(state)) as Record<string, unknown>;
      expect(parseTrainingState(json)).toEqual(state);
    },
  );

  it.each([
    [{ step: -1 }, 'step: expected an integer of at least 0, got -1'],
    [{ bestStep: 0.5 }, 'bestStep: expected an integer of at least 0, got 0.5'],
    [{ bestLoss: '1' }, 'bestLoss: expected a number, got "1"'],
    [{ tokensSeen: undefined }, 'tokensSeen: expected an integer of at least 0, got nothing'],
    [{ steps: 1 }, 'steps: unknown setting. Did you mean step?'],
  ])('refuses %j', (change, message) => {
    expect(() => parseTrainingState({ ...AT_20, ...change })).toThrow(message);
  });
});
