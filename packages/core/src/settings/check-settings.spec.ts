import { checkSettings, describeSetting, nearestName } from './check-settings.js';
import type { SettingTable } from './settings.js';

interface Toy {
  readonly width: number;
  readonly rate: number;
  readonly shape: 'round' | 'square' | 'star';
  readonly loud: boolean;
  readonly title: string;
  readonly area: number;
}

const table: SettingTable<Toy> = {
  width: { kind: 'integer', min: 1, max: 9, description: 'Width in cells.' },
  rate: { kind: 'number', min: 0, max: 1, exclusive: 'both', default: 0.5, description: 'Share.' },
  shape: {
    kind: 'choice',
    choices: ['round', 'square', 'star'],
    default: 'star',
    description: 'Outline.',
  },
  loud: { kind: 'boolean', default: false, description: 'Whether it rings.' },
  title: { kind: 'string', default: '', description: 'Its name.' },
  area: { kind: 'number', min: 0, derived: 'width squared', description: 'Area in cells.' },
};
const check = (given: Record<string, unknown>): Toy => checkSettings(table, { width: 3, ...given });

describe('checkSettings', () => {
  it('fills in defaults and leaves a derived field undefined', () => {
    expect(check({})).toEqual({
      width: 3,
      rate: 0.5,
      shape: 'star',
      loud: false,
      title: '',
      area: undefined,
    });
  });

  it('keeps given values, including falsy ones', () => {
    const given = { width: 1, rate: 0.1, shape: 'round', loud: true, title: 'x', area: 0 };
    expect(check(given)).toEqual(given);
  });

  it.each([
    [{ widht: 3 }, 'widht: unknown setting. Did you mean width?'],
    [{ Width: 3 }, 'Width: unknown setting. Did you mean width?'],
    [{ colour: 'red' }, 'colour: unknown setting.'],
    [{ toString: 1 }, 'toString: unknown setting.'],
    [{ width: undefined }, 'width: expected an integer of at least 1 and at most 9, got nothing'],
    [{ width: null }, 'width: expected an integer of at least 1 and at most 9, got nothing'],
    [{ width: '3' }, 'width: expected an integer of at least 1 and at most 9, got "3"'],
    [{ rate: [1] }, 'rate: expected a number above 0 and below 1, got [1]'],
    [{ shape: 4 }, 'shape: expected round, square or star, got 4'],
    [{ loud: 'yes' }, 'loud: expected true or false, got "yes"'],
    [{ title: false }, 'title: expected a string, got false'],
    [{ area: '9' }, 'area: expected a number of at least 0, got "9"'],
  ])('refuses %j as the wrong kind', (given, message) => {
    expect(() => check(given)).toThrow(new TypeError(message));
    expect(() => check(given)).toThrow(TypeError);
  });

  it.each([
    [{ width: 0 }, 'width: expected an integer of at least 1 and at most 9, got 0'],
    [{ width: 10 }, 'width: expected an integer of at least 1 and at most 9, got 10'],
    [{ width: 2.5 }, 'width: expected an integer of at least 1 and at most 9, got 2.5'],
    [{ width: NaN }, 'width: expected an integer of at least 1 and at most 9, got NaN'],
    [{ rate: 0 }, 'rate: expected a number above 0 and below 1, got 0'],
    [{ rate: 1 }, 'rate: expected a number above 0 and below 1, got 1'],
    [{ rate: -Infinity }, 'rate: expected a number above 0 and below 1, got -Infinity'],
    [{ shape: 'oval' }, 'shape: expected round, square or star, got "oval"'],
    [{ area: -1 }, 'area: expected a number of at least 0, got -1'],
  ])('refuses %j as out of range', (given, message) => {
    expect(() => check(given)).toThrow(new RangeError(message));
    expect(() => check(given)).toThrow(RangeError);
  });
});

describe('describeSetting', () => {
  it('describes the values of a setting', () => {
    const description = '';
    expect(describeSetting({ kind: 'integer', description })).toBe('an integer');
    expect(describeSetting({ kind: 'number', max: 2, exclusive: 'max', description })).toBe(
      'a number below 2',
    );
    expect(describeSetting({ kind: 'number', min: 0, max: 1, exclusive: 'min', description })).toBe(
      'a number above 0 and at most 1',
    );
    expect(describeSetting({ kind: 'choice', choices: ['one'], description })).toBe('one');
    expect(describeSetting({ kind: 'choice', choices: ['a', 'b'], description })).toBe('a or b');
    expect(
      describeSetting({ kind: 'choice', choices: ['a', 'b'], isPattern: true, description }),
    ).toBe('a or b, or several with commas between');
  });
});

const known = ['nLayer', 'nHead', 'nEmbd', 'contextLength', 'batchSize'];

describe('nearestName', () => {
  it.each([
    ['nhead', 'nHead'],
    ['n-head', 'nHead'],
    ['nLayers', 'nLayer'],
    ['contextlenght', 'contextLength'],
    ['batch_size', 'batchSize'],
    ['bachSize', 'batchSize'],
    ['nHaed', 'nHead'],
  ])('corrects %s to %s', (name, meant) => {
    expect(nearestName(name, known)).toBe(meant);
  });

  it.each([
    ['--minutes', '--max-minutes'],
    ['--new-tokens', '--max-new-tokens'],
    ['size', 'batchSize'],
    ['max', '--max-new-tokens'],
    ['SmolLM2', 'smollm2-135m'],
  ])('completes %s, whole words of a name, to the first such name %s', (name, meant) => {
    const names = [
      '--max-new-tokens',
      '--max-minutes',
      '--min-new-tokens',
      'batchSize',
      'smollm2-135m',
    ];
    expect(nearestName(name, names)).toBe(meant);
  });

  it.each(['minute-max', 'tok', 'n', ''])(
    'returns undefined for %j, which is not whole words of a name',
    (name) => {
      expect(nearestName(name, ['--max-new-tokens', 'nLayer'])).toBeUndefined();
    },
  );

  it('finds no name if none is near', () => {
    expect(nearestName('temperature', known)).toBeUndefined();
    expect(nearestName('nHead', [])).toBeUndefined();
  });

  it.each([
    ['blockSize', 'batchSize'],
    ['--eval-steps', '--max-steps'],
    ['--num-heads', '--num-beams'],
  ])('does not correct another word: %s to %s', (name, other) => {
    expect(nearestName(name, [other])).toBeUndefined();
  });
});
