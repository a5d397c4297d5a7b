import { checkNames } from './run-verb.js';
import type { SettingGroup } from '../verb/verb.js';

const flag = { kind: 'integer', default: 1, description: 'A number.' } as const;
const check = (settings: SettingGroup['settings']): void => {
  const training = { title: 'Training', settings: { maxSteps: flag } };
  const groups = [training, { title: 'Dna', settings }];
  checkNames({
    command: 'ramble ./dna.js train',
    flags: { out: flag },
    groups,
  });
};

describe('checkNames', () => {
  it('accepts settings with new names', () => {
    expect(() => check({ gap: flag })).not.toThrow();
  });

  it.each([
    ['out', '--out'],
    ['json', '--json'],
    ['maxSteps', '--max-steps'],
  ])('refuses %s, which is a flag of the verb', (name, typed) => {
    expect(() => check({ [name]: flag })).toThrow(
      `ramble ./dna.js train: expected settings of Dna whose names are not flags already, got ${name} (${typed})`,
    );
  });
});
