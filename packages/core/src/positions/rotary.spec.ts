import { modelConfig } from '../config/model-config.js';
import { ropeFrequencies, type RopeScaling } from './rotary.js';

const shape = { vocabSize: 13, nLayer: 1, nHead: 3, nEmbd: 24, positions: 'rotary' } as const;
const yarn = {
  kind: 'yarn',
  factor: 4,
  original: 32,
  betaFast: 32,
  betaSlow: 1,
  attentionFactor: 1.1,
  isRounded: true,
} as const;
const llama3 = { kind: 'llama3', factor: 8, lowFactor: 1, highFactor: 4, original: 32 } as const;
const dynamic = { kind: 'dynamic', factor: 2, original: 32 } as const;
const longrope = {
  kind: 'longrope',
  shortFactors: [1, 1, 1, 1],
  longFactors: [1, 2, 3, 4],
  original: 32,
  attentionFactor: 1.2,
} as const;

describe('a scaling of rotary positions', () => {
  it.each<RopeScaling>([{ kind: 'linear', factor: 2 }, llama3, yarn, dynamic, longrope])(
    'of the kind $kind has the expected frequency for every pair of columns',
    (ropeScaling) => {
      expect(modelConfig({ ...shape, ropeScaling }).ropeScaling).toEqual(ropeScaling);
      const columns = { theta: 10_000, columns: 8, contextLength: 64 };
      const frequencies = [...ropeFrequencies(columns, ropeScaling)];
      expect(frequencies).toHaveLength(4);
      expect(frequencies.every((each) => each > 0 && each <= 1)).toBe(true);
    },
  );

  it.each<[object, string]>([
    [
      { kind: 'spiral' },
      'ropeScaling: expected a kind of linear, llama3, yarn, dynamic, longrope, got "spiral"',
    ],
    [{ ...yarn, factor: 0.5 }, 'ropeScaling.factor: expected a number of at least 1, got 0.5'],
    [{ ...yarn, original: 0 }, 'ropeScaling.original: expected an integer of at least 1, got 0'],
    [
      { ...yarn, original: 32.5 },
      'ropeScaling.original: expected an integer of at least 1, got 32.5',
    ],
    [{ ...yarn, betaSlow: -1 }, 'ropeScaling.betaSlow: expected a number above 0, got -1'],
    [{ ...yarn, betaFast: 1 }, 'ropeScaling.betaFast: expected more than betaSlow (1), got 1'],
    [
      { ...yarn, attentionFactor: Infinity },
      'ropeScaling.attentionFactor: expected a number above 0, got Infinity',
    ],
    [{ ...yarn, isRounded: 1 }, 'ropeScaling.isRounded: expected true or false, got 1'],
    [
      { ...llama3, highFactor: 0.5 },
      'ropeScaling.highFactor: expected more than lowFactor (1), got 0.5',
    ],
    [{ ...dynamic, factor: 0 }, 'ropeScaling.factor: expected a number of at least 1, got 0'],
    [
      { ...dynamic, original: undefined },
      'ropeScaling.original: expected an integer of at least 1, got nothing',
    ],
    [
      { ...longrope, longFactors: [1, 2, 3] },
      'ropeScaling.longFactors: expected 4 numbers, one for each pair of columns, got 3',
    ],
    [
      { ...longrope, shortFactors: [1, 2, 3, 4, 5] },
      'ropeScaling.shortFactors: expected 4 numbers, one for each pair of columns, got 5',
    ],
    [
      { ...longrope, shortFactors: [1, 1, 0, 1] },
      'ropeScaling.shortFactors: expected a list of numbers above 0, got [1,1,0,1]',
    ],
    [
      { ...longrope, attentionFactor: 0 },
      'ropeScaling.attentionFactor: expected a number above 0, got 0',
    ],
  ])('is refused with impossible numbers: %j', (ropeScaling, message) => {
    expect(() => modelConfig({ ...shape, ropeScaling: ropeScaling as RopeScaling })).toThrow(
      new RangeError(message),
    );
  });

  it('refuses fields of another kind', () => {
    const ropeScaling = { ...yarn, lowFactor: 1 };
    expect(() => modelConfig({ ...shape, ropeScaling })).toThrow(
      new TypeError('ropeScaling.lowFactor: unknown setting of yarn'),
    );
  });

  it('is refused as dynamic with a single pair of columns, whose frequency it does not change', () => {
    expect(() => modelConfig({ ...shape, headDim: 2, ropeScaling: dynamic })).toThrow(
      new RangeError(
        'headDim: expected 4 or more columns that turn with ropeScaling dynamic, which stretches all pairs but the first, got 2',
      ),
    );
  });
});
