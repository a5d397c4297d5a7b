import { checkSettings, randomAt } from '@ramble/core';
import { describeDomainContract, type InvalidExample, type ValidExample } from '@ramble/testing';

import { couldBeWritten } from '../../test/could-be-written.js';
import { drawNotes } from '../../test/draw-notes.js';
import { readFixture } from '../../test/read-fixture.js';
import { binVelocity, decodeEvents, END, stepAt, velocityBin } from '../events/events.js';
import { parseMidi } from '../midi/parse-midi.js';
import type { MidiPiece, Note, StepNote } from '../notes/note.js';
import { parsePrograms } from '../score/instruments.js';
import { type MusicDomain, musicDomain, musicFactory } from './music-domain.js';
import { MUSIC_OPTIONS, type MusicOptions } from './note-lengths.js';
import type { MusicPrompt } from './music-prompt.js';

const domainOf = (options: Partial<MusicOptions> = {}): MusicDomain =>
  musicDomain(checkSettings(MUSIC_OPTIONS, { ...options }));
const pieceOf = (notes: readonly Note[], struck = {}): MidiPiece => ({
  name: 'x.mid',
  notes: notes.map((note) => ({ ...note, instrument: 0, program: 0, isDrum: false, ...struck })),
  pedal: [],
  repairs: [],
});
/** Notes moved to the grid, in the order of their ends. */
const onGrid = (notes: readonly Note[]): StepNote[] =>
  notes
    .map((note) => {
      const [startStep, endStep] = [stepAt(note.startSeconds), stepAt(note.endSeconds)];
      const velocity = binVelocity(velocityBin(note.velocity));
      return { startStep, pitch: note.pitch, velocity, endStep: Math.max(endStep, startStep + 1) };
    })
    .map((note, order) => ({ note, order }))
    .sort((a, b) => a.note.endStep - b.note.endStep || a.order - b.order)
    .map(({ note }) => note);

const drawn = Array.from({ length: 24 }, (_, i) =>
  drawNotes(randomAt({ seed: 6, purpose: 'sample', step: i }), 1 + (i % 12)),
);
const valid: ValidExample<MidiPiece, MusicPrompt, readonly StepNote[]>[] = drawn.map((notes) => ({
  example: pieceOf(notes),
  prompt: {},
  output: onGrid(notes),
}));
/** C4, half a second, then E4; the last notes of prompts continue to sound. */
const [LOUD, SOFT, HALF] = [387, 363, 305];
const [C, E, C_OFF, E_OFF] = [60, 64, 188, 192];
const invalidOutputs: readonly (readonly number[])[] = [
  [],
  [END],
  [C, HALF, C_OFF, END], // no velocity before it
  [LOUD, C, HALF, C_OFF], // no end
  [LOUD, C, HALF, END], // never ended
  [LOUD, C, HALF, E_OFF, END], // silent
  [LOUD, C, HALF, C, HALF, C_OFF, END], // struck again
  [LOUD, C, C_OFF, END], // no length
  [LOUD, SOFT, C, HALF, C_OFF, END],
  [LOUD, C, LOUD, E, HALF, C_OFF, E_OFF, END], // the same velocity
  [LOUD, C, HALF, C_OFF, SOFT, END], // a velocity without a note
  [LOUD, C, HALF, HALF, C_OFF, END], // a shift twice
  [LOUD, C, HALF, 355, C_OFF, END],
  [LOUD, C, HALF, C_OFF, HALF, END], // a shift after the last note
  [LOUD, C, HALF, C_OFF, C_OFF, END],
  [LOUD, C, E, HALF, E_OFF, C_OFF, END], // struck first, ends first
  [LOUD, C, HALF, E, C_OFF, HALF, E_OFF, END], // ends come before beginnings
  [LOUD, C, HALF, C_OFF, END, END],
  [LOUD, HALF, C, HALF, C_OFF, END],
];
const silent = (program: number, isDrum: boolean): MidiPiece =>
  pieceOf(drawn[1], { program, isDrum });
const invalid: InvalidExample<MidiPiece, MusicPrompt>[] = [
  { example: pieceOf([]), message: 'x.mid: expected notes, got none' },
  { example: silent(0, true), message: 'x.mid: expected notes, got drums alone' },
  ...invalidOutputs.map((tokens) => ({ prompt: {}, tokens })),
];

describeDomainContract<MidiPiece, MusicPrompt, readonly StepNote[], MusicDomain>({
  name: 'music',
  create: () => Promise.resolve(domainOf()),
  createOther: () => Promise.resolve(domainOf({ pedal: false })),
  factory: musicFactory,
  valid,
  invalid,
  isValidOutput: (tokens, prompt) =>
    couldBeWritten([...Array.from(prompt.tokens).slice(1), ...tokens]),
});

describe('musicDomain', () => {
  const piece = parseMidi('x.mid', readFixture('real/bach-prelude-c-major-bwv846.mid'));
  const ids = (domain: MusicDomain, example = piece): number[] =>
    Array.from(domain.encodeExample(example).tokens);

  it('holds notes by the pedal, or not', () => {
    const pedalled = parseMidi('x.mid', readFixture('midi/pedal-basic.mid'));
    expect(ids(domainOf(), pedalled)).not.toEqual(ids(domainOf({ pedal: false }), pedalled));
  });

  it('keeps the instruments of the option', () => {
    const [low, high, drum] = [30, 80, 40].map((pitch) => ({ ...drawn[0][0], pitch }));
    const mixed = {
      ...pieceOf([]),
      notes: [
        ...pieceOf([low], { program: 3 }).notes,
        ...pieceOf([high], { program: 40 }).notes,
        ...pieceOf([drum], { isDrum: true }).notes,
      ],
    };
    const pitches = (options: Partial<MusicOptions>): number[] =>
      decodeEvents(ids(domainOf(options), mixed)).map(({ pitch }) => pitch);
    expect(pitches({})).toEqual([30, 80]);
    expect(pitches({ programs: '0-7' })).toEqual([30]);
    expect(pitches({ programs: '40', drums: true })).toEqual([40, 80]);
    expect(() => ids(domainOf({ programs: '9' }), mixed)).toThrow(
      new RangeError('x.mid: expected notes, got other programs alone'),
    );
  });

  it('continues the beginning of a piece, up to a time', () => {
    const domain = domainOf();
    const whole = ids(domain);
    const prompt = (seconds?: number): number[] =>
      Array.from(domain.encodePrompt({ piece, seconds }).tokens);
    expect(prompt()).toEqual(whole.slice(0, -1));
    expect(prompt(0)).toEqual([END]);
    const first = prompt(5);
    expect(first).toEqual(whole.slice(0, first.length));
    const step = (tokens: number[]): number =>
      tokens.reduce((sum, id) => sum + (id >= 256 && id < 356 ? id - 255 : 0), 0);
    expect(step(first)).toBeLessThan(500);
    expect(step(whole.slice(0, first.length + 1))).toBeGreaterThanOrEqual(500);
  });

  it('continues from nothing only if nothing is given', () => {
    const domain = domainOf();
    expect(Array.from(domain.encodePrompt({}).tokens)).toEqual([END]);
    for (const [silence, got] of [
      [pieceOf([]), 'none'],
      [silent(0, true), 'drums alone'],
    ] as const) {
      expect(() => domain.encodePrompt({ piece: silence, seconds: 0 })).toThrow(
        new RangeError(`primer: expected notes, got ${got}`),
      );
    }
  });

  it('encodes an output as the continuation of a prompt', () => {
    const domain = domainOf();
    const written = ids(domain).slice(1, -1);
    const again = Array.from(domain.encodeOutput!(domain.decodeOutput(written)));
    const rows = (tokens: number[]): string[] =>
      domain.decodeOutput(tokens).map((note) => JSON.stringify(Object.entries(note).sort()));
    expect(rows(again).sort()).toEqual(rows(written).sort());
  });

  it('varies the notes that count, and leaves a piece alone that is wider than a piano', () => {
    const domain = domainOf({ programs: '3' });
    const random = randomAt({ seed: 1, purpose: 'augment', step: 3 });
    const varied = domain.augment!(pieceOf(drawn[5], { program: 3 }), random)!;
    expect(ids(domain, varied)).not.toEqual(ids(domain, pieceOf(drawn[5], { program: 3 })));
    const late = drawn[5].map((note) => {
      return { ...note, startSeconds: note.startSeconds + 500, endSeconds: note.endSeconds + 500 };
    });
    // It begins with its first note, however late that is in the file.
    const laterVaried = domain.augment!(pieceOf(late, { program: 3 }), random)!;
    expect(Math.min(...laterVaried.notes.map(({ startSeconds }) => startSeconds))).toBe(0);
    expect(ids(domain, laterVaried)).toEqual(ids(domain, varied));
    const wide = [{ ...drawn[0][0], pitch: 5 }];
    expect(domain.augment!(pieceOf(wide, { program: 3 }), random)).toBeUndefined();
  });
});

const NOTE = { pitch: 60, velocity: 80, instrument: 0, program: 0, isDrum: false };

async function* nothing(): AsyncGenerator<never> {
  // Music learns no vocabulary.
}

describe('musicFactory', () => {
  it('keeps the given options', async () => {
    for (const accompaniment of [false, true]) {
      const options = {
        ...{ pedal: false, drums: false, programs: '0-7', accompaniment },
        controls: false,
        infill: false,
      };
      const domain = await musicFactory.fit(nothing(), checkSettings(MUSIC_OPTIONS, options));
      const loaded = await musicFactory.load(musicFactory.save(domain));
      expect(loaded.options).toEqual(options);
      expect(loaded.vocabulary.size).toBe(domain.vocabulary.size);
    }
  });

  it.each([
    [{}, { infill: true }],
    [{}, { controls: true, infill: true }],
    [{ controls: true }, { infill: true }],
    [{}, { accompaniment: true }],
  ])(
    'extends a domain with %j by %j, and keeps its ids and lengths of notes',
    async (own, given) => {
      const lengths = { longNoteSeconds: 2.5 };
      const domain = musicDomain(checkSettings(MUSIC_OPTIONS, own), lengths);
      const extended = await musicFactory.extend!(domain, given);
      expect(extended?.options).toEqual({ ...domain.options, ...given });
      expect(extended?.noteLengths).toBe(lengths);
      const { size } = domain.vocabulary;
      expect(extended?.vocabulary.size).toBeGreaterThan(size);
      const namesIn = ({ vocabulary }: MusicDomain): string[] =>
        Array.from({ length: size }, (_, id) => vocabulary.describe(id));
      expect(namesIn(extended!)).toEqual(namesIn(domain));
    },
  );

  it.each([
    [{ infill: true }, { controls: true }], // whose ids would follow the markers
    [{ controls: true }, { controls: false }],
    [{}, { infill: true, programs: '0-7' }],
  ])('does not extend a domain with %j by %j', async (own, given) => {
    const domain = musicDomain(checkSettings(MUSIC_OPTIONS, own));
    expect(await musicFactory.extend!(domain, given)).toBeUndefined();
  });

  it.each([
    [true, 2.5], // as it sounds: until the pedal is raised
    [false, 0.75],
  ])('keeps how long the notes of the data are, with pedal: %s', async (pedal, seconds) => {
    async function* pieces(): AsyncGenerator<MidiPiece> {
      const notes = [
        { ...NOTE, startSeconds: 0.5, endSeconds: 1.25 },
        { ...NOTE, startSeconds: 2, endSeconds: 9, isDrum: true },
      ];
      const raised = [
        { seconds: 1, value: 127, instrument: 0 },
        { seconds: 3, value: 0, instrument: 0 },
      ];
      yield await Promise.resolve({ name: 'a.mid', notes, pedal: raised, repairs: [] });
    }
    const domain = await musicFactory.fit(pieces(), checkSettings(MUSIC_OPTIONS, { pedal }));
    expect(domain.noteLengths.longNoteSeconds).toBe(seconds);
    const loaded = await musicFactory.load(musicFactory.save(domain));
    expect(loaded.noteLengths.longNoteSeconds).toBe(seconds);
  });

  it('does not count the longest 0.5 % of the notes', async () => {
    async function* pieces(): AsyncGenerator<MidiPiece> {
      const lengths = Array.from({ length: 400 }, (_, i) => (i < 398 ? 0.2 : i < 399 ? 3 : 200));
      const notes = lengths.map((length, i) => {
        return { ...NOTE, startSeconds: i, endSeconds: i + length };
      });
      yield await Promise.resolve({ name: 'a.mid', notes, pedal: [], repairs: [] });
    }
    const domain = await musicFactory.fit(pieces(), checkSettings(MUSIC_OPTIONS, {}));
    expect(domain.noteLengths).toEqual({
      medianNoteSeconds: 0.2,
      longNoteSeconds: 0.2, // of 398 of 400
    });
  });

  it('reads files of older runs, and saves them unchanged', async () => {
    const older = await musicFactory.load({ 'music.json': '{"pedal":true}' });
    expect(older.noteLengths.longNoteSeconds).toBeUndefined();
    const files = {
      'music.json': `${JSON.stringify({ pedal: true, drums: false, programs: 'all', longestNoteSeconds: 9 }, undefined, 2)}\n`,
    };
    const later = await musicFactory.load(files);
    expect(later.noteLengths.longestNoteSeconds).toBe(9);
    expect(musicFactory.save(later)).toEqual(files);
  });

  it('saves the same files without accompaniment as before that option existed', async () => {
    const domain = await musicFactory.fit(nothing(), checkSettings(MUSIC_OPTIONS, {}));
    const { 'music.json': text } = musicFactory.save(domain);
    expect(JSON.parse(text)).toEqual({ pedal: true, drums: false, programs: 'all' });
  });

  it.each([
    [{}, 'music.json: expected settings, got no such file'],
    [{ 'music.json': 'null' }, 'music.json: expected an object'],
    [
      { 'music.json': '{"longNoteSeconds":0}' },
      'music.json: longNoteSeconds: expected a number above 0, got 0',
    ],
    [
      { 'music.json': '{"longestNoteSeconds":0}' },
      'music.json: longestNoteSeconds: expected a number above 0, got 0',
    ],
    [{ 'music.json': '{"pedal":1}' }, 'music.json: pedal: expected true or false, got 1'],
    [
      { 'music.json': '{"programs":"piano"}' },
      'programs: expected all, or numbers from 0 to 127 such as 0-7,16, got "piano"',
    ],
  ])('refuses %j with the reason', async (files, message) => {
    await expect(Promise.resolve().then(() => musicFactory.load(files))).rejects.toThrow(message);
  });
});

describe('parsePrograms', () => {
  it.each([
    ['0', [0]],
    ['0-3, 16', [0, 1, 2, 3, 16]],
    ['127', [127]],
  ])('reads %s', (text, programs) => {
    expect([...parsePrograms(text)]).toEqual(programs);
  });

  it('accepts all', () => {
    expect(parsePrograms('all').size).toBe(128);
  });

  it.each(['', 'piano', '3-1', '128', '1,,2', '-1'])('refuses %j', (text) => {
    expect(() => parsePrograms(text)).toThrow(
      new RangeError(
        `programs: expected all, or numbers from 0 to 127 such as 0-7,16, got ${JSON.stringify(text)}`,
      ),
    );
  });
});
