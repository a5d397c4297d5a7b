import { MODEL_SETTINGS, TRAINING_SETTINGS } from '@ramble/core';
import type { Setting } from '@ramble/core/app';

import type { Values } from '../../verb/flag.js';
import { drawCandidates, equalPaces, parseOver, type SearchAxis } from './candidates.js';

const settings: Readonly<Record<string, Setting>> = { ...MODEL_SETTINGS, ...TRAINING_SETTINGS };
const parse = (over: string, given: Values = {}): SearchAxis[] =>
  parseOver(over.split(' '), { settings, fixed: ['seed'], flags: ['data', 'initFrom'], given });
const valuesOf = (over: string, given?: Values): unknown[] =>
  parse(over, given).map(({ name, values }) => [name, values]);

describe('parseOver', () => {
  it('reads values, between commas or spaces, and leaves out repeated ones', () => {
    const expected = [
      ['learningRate', [0.001, 0.01]],
      ['nLayer', [2, 4]],
      ['optimizer', ['adamw', 'muon']],
      ['tiedHead', [true, false]],
    ];
    const [first, ...others] = [
      'learning-rate=0.001:1e-2',
      'n-layer=2:4:2',
      'optimizer=adamw:muon',
      'tied-head=true:false',
    ];
    expect(valuesOf([first, ...others].join(','))).toEqual(expected);
    expect(valuesOf(`${first} ${others.join(',')}`)).toEqual(expected);
  });

  it('chooses values around the default or given value', () => {
    expect(valuesOf('learning-rate,batch-size,tied-head', { batchSize: 4 })).toEqual([
      ['learningRate', [0.00032, 0.001, 0.0032]],
      ['batchSize', [2, 4, 8]],
      ['tiedHead', [false, true]],
    ]);
    expect(valuesOf('beta2,n-layer', { nLayer: 1 })).toEqual([
      ['beta2', [0.84, 0.95, 0.98]],
      ['nLayer', [1, 2]],
    ]);
    expect(valuesOf('optimizer')).toEqual([['optimizer', ['adamw', 'adam', 'sgd', 'muon']]]);
  });

  it.each([
    ['lr', '--over: lr: unknown flag. Did you mean learning-rate?'],
    ['n-layers', '--over: n-layers: unknown flag. Did you mean n-layer?'],
    ['xyzzy=1', '--over: xyzzy: unknown flag.'],
    ['data', '--over: data cannot be searched, as it is the same for all trials'],
    ['init-from=a:b', '--over: init-from cannot be searched, as it is the same for all trials'],
    ['seed=1:2', '--over: seed cannot be searched, as it is the same for all trials'],
    ['learning-rate=0:1', '--over: learning-rate: expected a number above 0, got 0'],
    [
      'n-layer=2:x',
      '--over: n-layer: expected an integer of at least 1 and at most 10000, got "x"',
    ],
    ['n-layer=', '--over: n-layer: expected an integer of at least 1 and at most 10000, got ""'],
    ['optimizer=lion', '--over: optimizer: expected adamw, adam, sgd or muon, got "lion"'],
    ['tied-head=maybe', '--over: tied-head: expected true or false, got "maybe"'],
    [
      'z-loss',
      '--over: z-loss has no values that follow from its default; give them as z-loss=A:B:C',
    ],
    ['', '--over: the name of a setting is missing; separate names by single commas'],
    [
      'n-layer,,n-head',
      '--over: the name of a setting is missing; separate names by single commas',
    ],
    ['n-layer,n-layer=2', '--over: expected each flag once, got n-layer twice'],
  ])('refuses %s', (over, message) => {
    expect(() => parse(over)).toThrow(message);
  });
});

describe('drawCandidates', () => {
  const axes = parse('learning-rate=1:2:3,n-layer=1:2,batch-size=1:2', {
    ...{ learningRate: 2, nLayer: 2, batchSize: 1 },
  });
  const check = (): void => undefined;

  it('returns all combinations in order, if there are few', () => {
    const { candidates, refused } = drawCandidates(axes.slice(1), { trials: 4, seed: 0, check });
    expect(refused).toBe(0);
    expect(candidates).toEqual([
      { nLayer: 1, batchSize: 1 },
      { nLayer: 1, batchSize: 2 },
      { nLayer: 2, batchSize: 1 },
      { nLayer: 2, batchSize: 2 },
    ]);
  });

  it('draws the same combinations for the same seed, the start among them', () => {
    const draw = (seed: number): readonly Values[] =>
      drawCandidates(axes, { trials: 5, seed, check }).candidates;
    const draws = Array.from({ length: 20 }, (_, seed) => draw(seed));
    expect(draws.map((_, seed) => draw(seed))).toEqual(draws);
    expect(new Set(draws.map((drawn) => JSON.stringify(drawn))).size).toBeGreaterThan(10);
    for (const drawn of draws) {
      expect(new Set(drawn.map((values) => JSON.stringify(values))).size).toBe(5);
      expect(drawn).toContainEqual({ learningRate: 2, nLayer: 2, batchSize: 1 });
    }
  });

  it('leaves out combinations that contradict themselves', () => {
    const odd = ({ nLayer, batchSize }: Values): void => {
      if (nLayer === batchSize) throw new RangeError('nLayer: expected another, got the same');
    };
    const { candidates, refused } = drawCandidates(axes, { trials: 100, seed: 0, check: odd });
    expect([candidates.length, refused]).toEqual([6, 6]);
    const never = (): void => odd({ nLayer: 1, batchSize: 1 });
    expect(() => drawCandidates(axes, { trials: 5, seed: 0, check: never })).toThrow(
      new RangeError('nLayer: expected another, got the same'),
    );
  });

  it('needs at least two candidates, and at most 10,000 combinations', () => {
    expect(() => drawCandidates(parse('n-layer=3'), { trials: 5, seed: 0, check })).toThrow(
      '--over: expected at least 2 candidates to compare, got 1',
    );
    const many = Array.from({ length: 101 }, (_, i) => i + 1).join(':');
    const wide = parse(`n-layer=${many},batch-size=${many}`);
    expect(() => drawCandidates(wide, { trials: 5, seed: 0, check })).toThrow(
      '--over: expected at most 10000 combinations of values, got 10201',
    );
  });
});

describe('equalPaces', () => {
  it('gives candidates with equal work the shortest step, and leaves others as they are', () => {
    const candidates = [
      ...[{ learningRate: 1, nLayer: 1 }, { learningRate: 2, nLayer: 1 }], // prettier-ignore
      ...[{ learningRate: 1, nLayer: 2 }, { learningRate: 2, nLayer: 2 }], // prettier-ignore
    ];
    const paces = [3, 2, 5, 7].map((step) => ({ step, loadedStep: 2 * step, other: step }));
    const equal = equalPaces(candidates, paces);
    expect(equal.map(({ step }) => step)).toEqual([2, 2, 5, 5]);
    expect(equal.map(({ loadedStep, other }) => [loadedStep, other])).toEqual(
      paces.map(({ loadedStep, other }) => [loadedStep, other]),
    );
  });
});
