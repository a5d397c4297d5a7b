import { SAMPLING_SETTINGS } from '@ramble/core';

import { verbCommand } from '../cli/verb-command.js';
import { flagName, nameFlags, settingWords, subjectOf, withDefaults } from './flag.js';

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

describe('settingWords', () => {
  it('leaves out settings without a value', () => {
    const settings = { nLayer: 2, dropout: 0, bias: false, maxDistance: undefined };
    expect(settingWords(settings)).toEqual({ nLayer: '2', dropout: '0', bias: 'false' });
  });

  it('writes records as JSON', () => {
    const settings = { ropeScaling: { kind: 'linear', factor: 2 } };
    expect(settingWords(settings)).toEqual({ ropeScaling: '{"kind":"linear","factor":2}' });
  });
});

it("shows an app's own defaults in help, and leaves other settings unchanged", () => {
  const settings = withDefaults(SAMPLING_SETTINGS, { method: 'greedy', numBeams: 4 });
  const shape = {
    command: 'x',
    summary: 'X.',
    examples: [],
    operands: [],
    runs: { makesRun: '' },
    flags: {},
  };
  const help = verbCommand({ ...shape, groups: [{ title: 'Drawing', settings }] });
  const text = help.helpInformation().replace(/\s+/g, ' ');
  expect(text).toMatch(/--num-beams <n> [^-]*\(default: 4\)/);
  expect(text).toMatch(/--method <name> [^-]*default: greedy\)/);
  expect(text).toMatch(/--n-best <n> [^-]*\(default: 1\)/);
});
