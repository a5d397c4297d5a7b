import { checkSettings, randomAt } from '@ramble/core';
import { describeDomainContract, type InvalidExample, type ValidExample } from '@ramble/testing';

import { couldBeWritten } from '../../test/could-be-written.js';
import { drawNotes } from '../../test/draw-notes.js';
import { readFixture } from '../../test/read-fixture.js';
import { type MusicDomain, musicDomain, musicFactory } from '../domain/music-domain.js';
import { MUSIC_OPTIONS, type MusicOptions } from '../domain/note-lengths.js';
import type { MusicPrompt } from '../domain/music-prompt.js';
import { END, onGrid } from '../events/events.js';
import { parseMidi } from '../midi/parse-midi.js';
import type { MidiPiece, Note, StepNote } from '../notes/note.js';
import { inSeconds } from '../notes/apply-pedal.js';
import {
  ACCOMPANIMENT_IDS,
  describeMelody,
  encodeMelody,
  PERFORMANCE,
  skyline,
} from './accompaniment-sections.js';

const domainOf = (options: Partial<MusicOptions> = {}): MusicDomain =>
  musicDomain(checkSettings(MUSIC_OPTIONS, { accompaniment: true, ...options }));
const pieceOf = (notes: readonly Note[], struck = {}): MidiPiece => ({
  name: 'x.mid',
  notes: notes.map((note) => ({ ...note, instrument: 0, program: 0, isDrum: false, ...struck })),
  pedal: [],
  repairs: [],
});
const melodyOf = (notes: readonly Note[]): MidiPiece =>
  pieceOf(skyline(onGrid(notes)).map(inSeconds));

const drawn = Array.from({ length: 24 }, (_, i) =>
  drawNotes(randomAt({ seed: 8, purpose: 'sample', step: i }), 1 + (i % 12)),
);
const valid: ValidExample<MidiPiece, MusicPrompt, readonly StepNote[]>[] = drawn.map(
  (notes, i) => ({
    example: pieceOf(notes),
    // The prompt is the melody of another file, or of the piece itself.
    prompt: i % 2 === 0 ? { melody: melodyOf(notes) } : { piece: pieceOf(notes), seconds: 0 },
    output: onGrid(notes),
  }),
);
const [LOUD, SOFT, HALF, C, E, C_OFF, E_OFF] = [387, 363, 305, 60, 64, 188, 192];
const prompt = { melody: melodyOf(drawn[3]) };
const invalidOutputs: readonly (readonly number[])[] = [
  [],
  [END],
  [PERFORMANCE],
  [PERFORMANCE, LOUD, C, HALF, C_OFF, END], // begins twice
  [389 + C, LOUD, C, HALF, C_OFF, END], // a melody of its own
  [LOUD, C, HALF, C_OFF, 518, END],
  [LOUD, 517, C, HALF, C_OFF, END],
  [C, HALF, C_OFF, END],
  [LOUD, C, HALF, C_OFF],
  [LOUD, C, HALF, END],
  [LOUD, C, HALF, E_OFF, END],
  [LOUD, C, HALF, C, HALF, C_OFF, END],
  [LOUD, C, C_OFF, END],
  [LOUD, SOFT, C, HALF, C_OFF, END],
  [LOUD, C, HALF, C_OFF, SOFT, END],
  [LOUD, C, HALF, HALF, C_OFF, END],
  [LOUD, C, HALF, C_OFF, HALF, END],
  [LOUD, C, E, HALF, E_OFF, C_OFF, END],
  [LOUD, HALF, C, HALF, C_OFF, END],
];
const invalid: InvalidExample<MidiPiece, MusicPrompt>[] = [
  { example: pieceOf([]), message: 'x.mid: expected notes, got none' },
  {
    example: pieceOf(drawn[1], { isDrum: true }),
    message: 'x.mid: expected notes, got drums alone',
  },
  ...invalidOutputs.map((tokens) => ({ prompt, tokens })),
];

describeDomainContract<MidiPiece, MusicPrompt, readonly StepNote[], MusicDomain>({
  name: 'music, accompaniment',
  create: () => Promise.resolve(domainOf()),
  createOther: () => Promise.resolve(domainOf({ accompaniment: false })),
  factory: musicFactory,
  valid,
  invalid,
  isValidOutput: (tokens, { tokens: before }) => {
    const start = Array.from(before).indexOf(PERFORMANCE) + 1;
    return couldBeWritten([...Array.from(before).slice(start), ...tokens]);
  },
});

describe('accompanimentDomain', () => {
  const domain = domainOf();
  const plain = domainOf({ accompaniment: false });
  const words = ({ tokens }: { tokens: ArrayLike<number> }): string[] =>
    Array.from(tokens, (id) => domain.vocabulary.describe(id));
  const half = { startSeconds: 0, endSeconds: 0.5, velocity: 81 };
  const chord = pieceOf([48, 55, 64].map((pitch) => ({ ...half, pitch })));

  it('puts the melody before the performance, which alone is learned', () => {
    const example = domain.encodeExample(chord);
    const { tokens, lossWeights, prefixLength } = example;
    expect(words(example).slice(0, 9)).toEqual([
      ...['end of piece', 'melody E4', ...Array<string>(4).fill('melody goes on'), 'performance'],
      ...['velocity 81', 'note on C3'],
    ]);
    expect(prefixLength).toBe(7);
    expect(Array.from(lossWeights)).toEqual(Array.from(tokens, (_, i) => Number(i >= 7)));
    expect(Array.from(tokens).slice(7)).toEqual(
      Array.from(plain.encodeExample(chord).tokens).slice(1),
    );
  });

  it('takes all notes of a melody that is given, those it would hide in a performance too', () => {
    const [high, low] = [
      { ...half, endSeconds: 0.9, pitch: 72 },
      { ...half, startSeconds: 0.2, pitch: 60 },
    ];
    const melody = ['melody C5', 'melody goes on', 'melody C4', 'melody goes on', 'melody goes on'];
    const given = domain.encodePrompt({ melody: pieceOf([high, low]) });
    expect(words(given)).toEqual(['end of piece', ...melody, 'performance']);
    const hidden = words(domain.encodePrompt({ piece: pieceOf([high, low]), seconds: 0 }));
    expect(hidden).not.toContain('melody C4');
    const begin = words(domain.encodePrompt({ melody: pieceOf([high, low]), seconds: 0.2 }));
    expect(begin.slice(1)).toEqual(['melody C5', 'melody goes on', 'performance']);
  });

  it('continues the beginning of a piece, with the whole melody', () => {
    const { tokens } = domain.encodeExample(chord);
    const begin = Array.from(domain.encodePrompt({ piece: chord, seconds: 0.3 }).tokens);
    expect(begin).toEqual(Array.from(tokens).slice(0, begin.length));
    expect(words({ tokens: begin }).at(-1)).toBe('note on E4');
  });

  it('needs a melody, and the other domain takes none', () => {
    expect(() => domain.encodePrompt({})).toThrow(
      new RangeError('melody: expected a MIDI file with a melody to accompany, got none'),
    );
    expect(() => plain.encodePrompt({ melody: chord })).toThrow(
      new RangeError(
        'melody: expected a model that was trained with accompaniment, got one without',
      ),
    );
  });

  it('refuses a melody and a piece without notes that count', () => {
    const drums = pieceOf(drawn[1], { isDrum: true });
    for (const [given, message] of [
      [{ melody: pieceOf([]) }, 'melody: expected notes, got none'],
      [{ melody: drums }, 'melody: expected notes, got drums alone'],
      [{ piece: drums }, 'primer: expected notes, got drums alone'],
    ] as const) {
      expect(() => domain.encodePrompt(given)).toThrow(new RangeError(message));
    }
  });

  it('cuts a piece into sections, each with its melody, that have all of its notes', () => {
    const piece = parseMidi('x.mid', readFixture('real/debussy-arabesque-no1.mid'));
    const whole = domain.encodeExample(piece);
    const sections = [...domain.segments!(whole, 256)];
    const notesOf = (tokens: ArrayLike<number>): StepNote[] => [
      ...domain.decodeOutput(Array.from(tokens)),
    ];
    const count = sections.reduce((sum, { tokens }) => sum + notesOf(tokens).length, 0);
    expect(count).toBe(notesOf(whole.tokens).length);
    for (const [i, { tokens, prefixLength }] of sections.entries()) {
      expect(tokens.length).toBeLessThanOrEqual(256);
      if (i < sections.length - 1) expect(tokens.length).toBeGreaterThan(180);
      // The same as if the section were a piece.
      const again = domain.encodeExample(pieceOf(notesOf(tokens).map(inSeconds)));
      expect(Array.from(again.tokens)).toEqual(Array.from(tokens));
      expect(again.prefixLength).toBe(prefixLength);
    }
  });

  it('cuts held notes at the beginning of the next section', () => {
    // Each is lower than the one before, and all are held to the end.
    const held = Array.from({ length: 60 }, (_, i) => {
      return { startSeconds: i / 2, endSeconds: 40, pitch: 100 - i, velocity: 64 };
    });
    const sections = [...domain.segments!(domain.encodeExample(pieceOf(held)), 128)];
    const played = sections.map(({ tokens }) => domain.decodeOutput(Array.from(tokens)));
    expect(played.flat()).toHaveLength(60);
    expect(played.length).toBeGreaterThan(3);
    for (const notes of played.slice(0, -1)) {
      expect(Math.max(...notes.map(({ endStep }) => endStep))).toBe(50 * notes.length);
    }
  });

  it('cuts a note that is longer than half of a context, and says when none is enough', () => {
    const long = domain.encodeExample(pieceOf([{ ...half, endSeconds: 60, pitch: 60 }]));
    const [section] = [...domain.segments!(long, 64)];
    expect(domain.decodeOutput(Array.from(section.tokens))[0].endStep).toBe(320);
    expect(() => [...domain.segments!(long, 8)]).toThrow(
      new RangeError(
        'contextLength: expected at least 11, enough for a note and its melody, got 8',
      ),
    );
  });
});

const note = (startStep: number, endStep: number, pitch: number): StepNote => {
  return { startStep, endStep, pitch, velocity: 64 };
};
const pitches = (...notes: StepNote[]): number[] => skyline(notes).map(({ pitch }) => pitch);

describe('skyline', () => {
  it('takes the highest of the notes that are struck in one step of 100 ms', () => {
    expect(pitches(note(0, 40, 48), note(3, 40, 60), note(4, 40, 55), note(50, 90, 59))).toEqual([
      60, 59,
    ]);
  });

  it('leaves out notes below a melody note that still sounds', () => {
    expect(pitches(note(0, 80, 72), note(20, 40, 60), note(40, 60, 64), note(60, 80, 67))).toEqual([
      72,
    ]);
    expect(pitches(note(0, 20, 72), note(20, 40, 60))).toEqual([72, 60]);
  });

  it('takes higher notes and the same again whenever they are struck', () => {
    expect(pitches(note(0, 80, 72), note(20, 40, 72), note(40, 60, 76))).toEqual([72, 72, 76]);
  });

  it('hides other notes for only a second while the pedal holds a note', () => {
    const held = note(0, 1000, 72);
    expect(pitches(held, note(90, 120, 60), note(100, 120, 62))).toEqual([72, 62]);
  });

  it('has nothing of nothing', () => {
    expect(skyline([])).toEqual([]);
  });
});

const words = (...notes: StepNote[]): (string | undefined)[] =>
  encodeMelody(notes).map(describeMelody);

describe('encodeMelody', () => {
  it('has a token for each 100 ms: a note, its end, or nothing new', () => {
    expect(words(note(20, 40, 60), note(40, 52, 62), note(71, 84, 64))).toEqual([
      ...['melody goes on', 'melody goes on', 'melody C4', 'melody goes on'],
      ...['melody D4', 'melody rests', 'melody goes on', 'melody E4'],
    ]);
  });

  it('cuts a note at the beginning of the next, and gives each a step', () => {
    expect(words(note(0, 90, 72), note(20, 21, 60))).toEqual([
      'melody C5',
      'melody goes on',
      'melody C4',
    ]);
  });

  it('takes the highest of the notes that begin in a step', () => {
    expect(words(note(4, 20, 60), note(0, 20, 52), note(3, 20, 57))).toEqual([
      'melody C4',
      'melody goes on',
    ]);
  });

  it('is empty for no notes', () => {
    expect(encodeMelody([])).toEqual([]);
  });
});

describe('the ids of melodies', () => {
  it('are 131 after the 389 of performances, and have words', () => {
    const all = Array.from({ length: ACCOMPANIMENT_IDS }, (_, id) => describeMelody(id));
    expect(all).toHaveLength(520);
    expect(all.slice(0, 389).every((each) => each === undefined)).toBe(true);
    expect(new Set(all.slice(389)).size).toBe(131);
    expect([389, 389 + 69, 517, 518, 519, 520].map(describeMelody)).toEqual([
      'melody C-1',
      'melody A4',
      'melody rests',
      'melody goes on',
      'performance',
      undefined,
    ]);
  });
});
