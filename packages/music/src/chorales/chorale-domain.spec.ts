import { randomAt } from '@ramble/core';
import { describeDomainContract } from '@ramble/testing';

import {
  CHORALE_END,
  type ChoraleDomain,
  choraleDomain,
  choraleFactory,
  choraleGrammar,
  type ChoralePrompt,
  encodeChorale,
} from './chorale-domain.js';
import { type Chorale, type ChoraleStep, SILENT } from './chorales.js';

const drawn = Array.from({ length: 22 }, (_, i): Chorale => {
  const random = randomAt({ seed: 8, purpose: 'sample', step: i });
  return Array.from({ length: 1 + (i % 7) }, (__, step): ChoraleStep => {
    const pitch = (voice: number): number => {
      const drawnPitch = random.integer(4 * step + voice, 40);
      return drawnPitch === 0 ? SILENT : 40 + drawnPitch;
    };
    return [pitch(0), pitch(1), pitch(2), pitch(3)];
  });
});
const [D, END] = [62, CHORALE_END];

describeDomainContract<Chorale, ChoralePrompt, Chorale, ChoraleDomain>({
  name: 'chorales',
  create: () => Promise.resolve(choraleDomain),
  createOther: () => Promise.resolve({ ...choraleDomain, name: 'other' }),
  factory: {
    ...choraleFactory,
    // All options give one vocabulary; this test distinguishes domains by their names.
    save: (domain) => ({
      ...choraleFactory.save(domain),
      ...(domain.name === 'other' && { x: '' }),
    }),
  },
  valid: drawn.map((example, i) => {
    const at = i % example.length;
    return { example, prompt: { chorale: example.slice(0, at) }, output: example.slice(at) };
  }),
  invalid: [
    { example: [], message: 'chorale: expected at least one step, got none' },
    ...Array.from({ length: 19 }, (_, i) => ({
      prompt: {},
      tokens: [...Array.from({ length: i }, () => D), ...(i % 4 === 0 && i > 0 ? [] : [END])],
    })),
  ],
  isValidOutput: (tokens, prompt) => {
    const ids = [...Array.from(prompt.tokens).slice(1), ...tokens];
    return ids.indexOf(END) === ids.length - 1 && ids.length % 4 === 1 && ids.length > 1;
  },
});

const chorale: Chorale = [
  [74, 70, 65, 58],
  [74, 70, SILENT, 58],
  [72, 70, SILENT, 57],
];

it('are written step by step, from soprano to bass', () => {
  expect([...encodeChorale(chorale)]).toEqual([74, 70, 65, 58, 74, 70, 128, 58, 72, 70, 128, 57]);
  const words = [74, 128, 129].map((id) => choraleDomain.vocabulary.describe(id));
  expect(words).toEqual(['D5', 'silence', 'end of chorale']);
});

describe('the grammar', () => {
  const allowed = (rules: object, ids: readonly number[], prompt: ChoralePrompt = {}): number[] => {
    const grammar = choraleGrammar(rules);
    const start = grammar.start(choraleDomain.encodePrompt(prompt));
    return [...grammar.allowed(ids.reduce((state, id) => grammar.advance(state, id), start))];
  };
  const pitches = (ids: readonly number[]): readonly [number, number] => {
    const sounding = ids.filter((id) => id < 128);
    return [Math.min(...sounding), Math.max(...sounding)];
  };

  it('limits each voice to its range', () => {
    const ranges = [[], [72], [72, 67], [72, 67, 60]].map((ids) =>
      pitches(allowed({ hasVoiceRanges: true }, ids)),
    );
    expect(ranges).toEqual([
      [60, 81],
      [52, 74],
      [46, 69],
      [36, 66],
    ]);
    expect(pitches(allowed({}, []))).toEqual([0, 127]);
  });

  it('keeps voices below the voices above them, over rests too', () => {
    const tops = [[], [72], [72, 128], [72, 67, 60], [72, 67, 60, 48]].map(
      (ids) => pitches(allowed({ isUncrossed: true }, ids))[1],
    );
    expect(tops).toEqual([127, 72, 72, 60, 127]);
  });

  it('lets voices that have no pitch left rest', () => {
    expect(allowed({ hasVoiceRanges: true, isUncrossed: true }, [40])).toEqual([128]);
  });

  it('keeps a given soprano, and ends with it', () => {
    const given: Chorale = [chorale[0], [SILENT, 60, 60, 60]];
    const ids = [74, 70, 65, 58];
    expect(allowed({}, [], { given })).toEqual([74]);
    expect(pitches(allowed({}, [74], { given }))).toEqual([0, 127]);
    expect(allowed({}, ids, { given })).toEqual([128]);
    expect(allowed({}, [...ids, 128, 60, 60, 60], { given })).toEqual([CHORALE_END]);
  });
});

describe('training', () => {
  const shifts = (example: Chorale): Set<number> =>
    new Set(
      Array.from({ length: 60 }, (_, step) => {
        const random = randomAt({ seed: 1, purpose: 'augment', step });
        return choraleDomain.augment!(example, random)![0][0] - example[0][0];
      }),
    );

  it('transposes by up to three semitones, within the ranges of the voices', () => {
    expect(shifts(chorale)).toEqual(new Set([-3, -2, -1, 0, 1, 2, 3]));
    expect(shifts([[80, 60, 60, 40]])).toEqual(new Set([-3, -2, -1, 0, 1]));
    expect(shifts([[127, 60, 60, 40]])).toEqual(new Set([0])); // out of range itself
  });

  it('keeps rests', () => {
    const random = randomAt({ seed: 1, purpose: 'augment', step: 0 });
    const varied = choraleDomain.augment!(chorale, random)!;
    expect(varied.map((step) => step.map((pitch) => pitch === SILENT))).toEqual(
      chorale.map((step) => step.map((pitch) => pitch === SILENT)),
    );
  });
});

it('refuse the files of another domain', async () => {
  await expect(choraleFactory.load({})).rejects.toThrow(
    'chorales.json: expected {"ids":130}, got no such file',
  );
  await expect(choraleFactory.load({ 'chorales.json': '{"ids":131}' })).rejects.toThrow(
    'chorales.json: expected {"ids":130}, got {"ids":131}',
  );
});
