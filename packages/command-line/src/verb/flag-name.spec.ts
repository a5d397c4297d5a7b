import { flagName, nameFlags, subjectOf } from './flag.js';

const SETTINGS = ['nHead', 'nEmbd', 'seed', 'learningRate', 'beta2'];

describe('flagName', () => {
  it('is the setting in kebab-case', () => {
    expect(['nLayer', 'beta2', 'normEps', 'seed'].map(flagName)).toEqual([
      '--n-layer',
      '--beta2',
      '--norm-eps',
      '--seed',
    ]);
  });
});

describe('nameFlags', () => {
  it.each([
    [
      'nHead: expected a divisor of nEmbd (384), got 7',
      '--n-head: expected a divisor of --n-embd (384), got 7',
    ],
    ['seed: expected an integer, got 0.5', '--seed: expected an integer, got 0.5'],
    ['loss: try a lower learningRate.', 'loss: try a lower --learning-rate.'],
    ['the seed of doubt: seed', 'the seed of doubt: seed'],
    ["text: got é. Use seed: '7'.", 'text: got é. Use --seed 7.'],
    ["text: got é. Use other: '7' to read it.", 'text: got é'],
    ["text: other: '7' is refused.", "text: other: '7' is refused."],
    ['--n-head, nHeadache and re-nHead', '--n-head, nHeadache and re-nHead'],
  ])('makes %j %j', (message, expected) => {
    expect(nameFlags(message, SETTINGS)).toBe(expected);
  });
});

describe('subjectOf', () => {
  it('is the word that a message is about', () => {
    expect(subjectOf('nHead: expected 1')).toBe('nHead');
    expect(subjectOf('a b: expected 1')).toBeUndefined();
  });
});
