import type { SettingView } from '@ramble/explorer';

import { effective, fieldsIn, PRESETS, presetIn, settingValues } from './setting-values.js';

const SETTINGS: readonly SettingView[] = [
  { name: 'method', kind: 'choice', description: 'How.', choices: ['random', 'greedy'] },
  { name: 'temperature', kind: 'number', description: 'Divides.', default: 1, only: 'random' },
  { name: 'topK', kind: 'integer', description: 'Keeps.', default: 0, only: 'random' },
  { name: 'numBeams', kind: 'integer', description: 'Beams.', default: 1 },
  { name: 'lengthPenalty', kind: 'number', description: 'Exponent.', default: 1, only: 'beams' },
  { name: 'renormalizeLogits', kind: 'boolean', description: 'Whether.', only: 'beams' },
];
const namesFor = (fields: Record<string, string>) =>
  effective(SETTINGS, fields).map(({ name }) => name);

describe('effective', () => {
  it('has settings of random draws until the most likely token is taken', () => {
    expect(namesFor({})).toEqual(['method', 'temperature', 'topK', 'numBeams']);
    expect(namesFor({ method: 'greedy' })).toEqual(['method', 'numBeams']);
    expect(namesFor({ temperature: '0' })).toEqual(['method', 'temperature', 'numBeams']);
  });

  it('has settings of beams with beams alone', () => {
    const beams = ['numBeams', 'lengthPenalty', 'renormalizeLogits'];
    expect(namesFor({ numBeams: '4' })).toEqual(['method', ...beams]);
    expect(namesFor({ numBeams: '4', method: 'random' })).toEqual([
      ...['method', 'temperature', 'topK'],
      ...beams,
    ]);
  });
});

describe('settingValues', () => {
  it('returns numbers and booleans, without empty fields and settings without an effect', () => {
    const fields = { temperature: '0.8', topK: '', lengthPenalty: '2', unknown: 'x' };
    expect(settingValues(SETTINGS, fields)).toEqual({ temperature: 0.8 });
    const beams = { numBeams: '3', lengthPenalty: '2', renormalizeLogits: true };
    expect(settingValues(SETTINGS, beams)).toEqual({
      numBeams: 3,
      lengthPenalty: 2,
      renormalizeLogits: true,
    });
  });
});

describe('fieldsIn', () => {
  it('takes the settings out of the parameters of an address', () => {
    const params = { model: 'book', topK: '5', renormalizeLogits: 'true' };
    expect(fieldsIn(params, SETTINGS)).toEqual({ topK: '5', renormalizeLogits: true });
  });
});

describe('presetIn', () => {
  it('finds the preset of a form, which is normal if nothing is set', () => {
    expect(presetIn({ seed: '3' })).toBe('normal');
    expect(presetIn({ ...PRESETS.wild, seed: '3' })).toBe('wild');
    expect(presetIn({ ...PRESETS.wild, topP: '0.5' })).toBeUndefined();
  });
});
