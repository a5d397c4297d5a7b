import { randomAt } from '@ramble/core';
import { describeDomainContract } from '@ramble/testing';

import {
  type Chorale,
  CHORALE_END,
  type ChoraleDomain,
  choraleDomain,
  choraleFactory,
  choraleNotes,
  choraleSheet,
  type ChoraleStep,
  encodeChorale,
  parseChorales,
  SILENT,
} from './chorales.js';

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

describeDomainContract<Chorale, Chorale, Chorale, ChoraleDomain>({
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
    return { example, prompt: example.slice(0, at), output: example.slice(at) };
  }),
  invalid: [
    { example: [], message: 'chorale: expected at least one step, got none' },
    ...Array.from({ length: 19 }, (_, i) => ({
      prompt: [],
      tokens: [...Array.from({ length: i }, () => D), ...(i % 4 === 0 && i > 0 ? [] : [END])],
    })),
  ],
  isValidOutput: (tokens, prompt) => {
    const ids = [...Array.from(prompt.tokens).slice(1), ...tokens];
    return ids.indexOf(END) === ids.length - 1 && ids.length % 4 === 1 && ids.length > 1;
  },
});

describe('chorales', () => {
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

  it('hold notes that do not change', () => {
    const rows = choraleNotes(chorale).map((n) => [n.pitch, n.startStep, n.endStep]);
    expect(rows).toEqual([
      [74, 0, 30],
      [72, 30, 45],
      [70, 0, 45],
      [65, 0, 15],
      [58, 0, 30],
      [57, 30, 45],
    ]);
  });

  it('are sheet music with a staff for each voice', () => {
    const { key, parts } = choraleSheet(chorale);
    expect(key).toEqual({ fifths: -2, mode: 'major' });
    const voices = parts.map(
      ({
        name,
        staves: [
          {
            clef,
            voices: [notes],
          },
        ],
      }) => [
        ...[name, clef],
        ...notes.map((n) => `${n.startSixteenth} ${n.endSixteenth} ${n.pitch}`),
      ],
    );
    expect(voices).toEqual([
      ['Soprano', 'treble', '0 2 74', '2 3 72'],
      ['Alto', 'treble', '0 3 70'],
      ['Tenor', 'treble8', '0 1 65'],
      ['Bass', 'bass', '0 2 58', '2 3 57'],
    ]);
    const [{ staves }] = choraleSheet([[12, 13, 14, 15]]).parts;
    expect(staves[0].voices).toEqual([[]]); // lower than MusicXML can say
  });

  it('are read from JSON, and an error gives the place of a fault', () => {
    expect(parseChorales('x.json', JSON.stringify([chorale]))).toEqual([chorale]);
    const parse = (text: string) => (): unknown => parseChorales('x.json', text);
    expect(parse('[')).toThrow('x.json: expected JSON, got other text');
    expect(parse('{}')).toThrow(new RangeError('x.json: expected a list of chorales, got {}'));
    expect(parse('{"test":[],"train":[],"valid":[]}')).toThrow(
      new RangeError(
        'x.json: expected a list of chorales, got several: test, train, valid. ' +
          'The corpus jsb-chorales has each list in a file of its own',
      ),
    );
    expect(parse('[[]]')).toThrow(
      new RangeError('x.json: chorale 1: expected a list of steps, got []'),
    );
    expect(parse('[[[74,70,65,58],[1,2,3]]]')).toThrow(
      new RangeError(
        'x.json: chorale 1, step 2: expected four pitches from -1 to 127, got [1,2,3]',
      ),
    );
  });

  it('refuse the files of another domain', async () => {
    await expect(choraleFactory.load({})).rejects.toThrow(
      'chorales.json: expected {"ids":130}, got no such file',
    );
    await expect(choraleFactory.load({ 'chorales.json': '{"ids":131}' })).rejects.toThrow(
      'chorales.json: expected {"ids":130}, got {"ids":131}',
    );
  });
});
