import { createHash } from 'node:crypto';

import { followGrammar, randomAt } from '@ramble/core';
import { describeDomainContract, type InvalidExample } from '@ramble/testing';

import { readFixture } from '../../test/read-fixture.js';
import { parseMidi } from '../midi/parse-midi.js';
import { writeScore } from '../midi/write-midi.js';
import { DRUMS } from '../score/score.js';
import {
  type AriaDomain,
  ariaDomain,
  ariaFactory,
  ariaGrammar,
  type AriaPrompt,
} from './aria-domain.js';
import {
  announceEnd,
  ariaScore,
  BEGIN,
  decodeAria,
  encodeAria,
  encodeHead,
  END,
  ENDING,
  FIRST_DURATION,
  FIRST_NOTE,
  FIRST_ONSET,
  ID_COUNT,
  isNote,
  NEXT_SEGMENT,
  programOf,
  UNKNOWN,
} from './aria-tokens.js';
import { type AriaNote, type AriaPiece, parseAria } from './parse-aria.js';

interface FileLine {
  readonly file: string;
  readonly length: number;
  readonly ids: string;
  readonly notes: string;
}
/** Output of the reference: fixtures/README.md. */
const lines = new TextDecoder()
  .decode(readFixture('aria.jsonl'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as FileLine);
const pieces = lines.map(({ file }) => parseAria(file, readFixture(file)));
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

it('writes the same ids for files as the reference, and decodes them to the same notes', () => {
  for (const [i, expected] of lines.entries()) {
    const { programs, notes } = pieces[i];
    const ids = [...encodeHead(programs), ...encodeAria(notes), END];
    const decoded = decodeAria(ids).map(({ startMs, durationMs, pitch, velocity, program }) => [
      ...[startMs, durationMs, pitch, velocity, program],
    ]);
    expect({
      file: expected.file,
      length: ids.length,
      ids: sha256(ids.join()),
      notes: sha256(JSON.stringify(decoded)),
    }).toEqual(expected);
  }
});

/** A MIDI file with a note of each quarter and a tempo for each note. */
function midiOfTempos(microseconds: readonly number[]): Uint8Array {
  const events = microseconds.flatMap((tempo, i) => [
    ...[i === 0 ? 0 : 96, 0xff, 0x51, 3, tempo >> 16, (tempo >> 8) & 255, tempo & 255],
    ...[0, 0x80, 59 + (i % 2), 0, 0, 0x90, 60 - (i % 2), 64],
  ]);
  const track = [...events, 0, 0xff, 0x2f, 0];
  const { length } = track;
  const header = [0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0, 96];
  const size = [length >> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255];
  return Uint8Array.from([...header, 0x4d, 0x54, 0x72, 0x6b, ...size, ...track]);
}

it('reads a file with as many tempos as notes in linear time', () => {
  const tempos = Array.from({ length: 30_000 }, (_, i) => 300_000 + ((i * 7919) % 400_000));
  const file = midiOfTempos(tempos);
  const start = process.cpuUsage();
  const { notes } = parseAria('slow.mid', file);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1e6).toBeLessThan(1.5);
  expect(notes).toHaveLength(tempos.length - 1);
  let [microseconds, error] = [0, 0];
  for (const [i, { startMs, durationMs }] of notes.entries()) {
    error = Math.max(error, Math.abs(startMs - microseconds / 1e3));
    error = Math.max(error, Math.abs(durationMs - tempos[i] / 1e3));
    microseconds += tempos[i];
  }
  expect(error).toBeLessThan(0.501); // times are rounded to milliseconds
});

const note = (startMs: number, program = 0, pitch = 60): AriaNote => {
  return { startMs, durationMs: 500, pitch, velocity: 60, program };
};
const piece = (...notes: AriaNote[]): AriaPiece => ({
  ...{ name: 'a.mid', notes, repairs: [] },
  programs: [...new Set(notes.map(({ program }) => program))],
});
const N = FIRST_NOTE + 60 * 13 + 6;
const D = FIRST_DURATION + 50;

/** Whether ids are complete notes of the piano in the order of their onsets, with a stop token. */
function isOutput(tokens: readonly number[]): boolean {
  let [at, onset, notes, endings] = [0, 0, 0, 0];
  for (; at < tokens.length - 1;) {
    const id = tokens[at];
    if (id === NEXT_SEGMENT) [at, onset] = [at + 1, 0];
    else if (id === ENDING && notes > 0 && endings === 0) [at, endings] = [at + 1, 1];
    else {
      const [struck, next, length] = [id - FIRST_NOTE, tokens[at + 1], tokens[at + 2]];
      const isPiano = struck >= 0 && struck < 128 * 13 && struck % 13 > 0;
      const isLong = length > FIRST_DURATION && length < FIRST_ONSET;
      if (!isPiano || !isLong || next < FIRST_ONSET + onset || next >= ID_COUNT) return false;
      [at, onset, notes] = [at + 3, next - FIRST_ONSET, notes + 1];
    }
  }
  return tokens.at(-1) === END && at === tokens.length - 1 && notes > 0;
}

const random = randomAt({ seed: 3, purpose: 'augment', step: 0 });
const short = Array.from({ length: 22 }, (_, i) =>
  piece(
    ...Array.from({ length: 3 + (i % 5) }, (__, n) => note(700 * n, 0, random.integer(n, 128))),
  ),
);
describeDomainContract<AriaPiece, AriaPrompt, readonly AriaNote[], AriaDomain>({
  name: 'aria',
  create: () => Promise.resolve(ariaDomain),
  factory: ariaFactory,
  valid: short.map((example) => ({ example, prompt: {}, output: example.notes })),
  invalid: [
    { example: piece(), message: 'a.mid: the piece has no notes that Aria knows' },
    ...[
      [],
      [END],
      [N, END],
      [N, FIRST_ONSET, END],
      [FIRST_ONSET, D, END],
      [N, D, FIRST_ONSET, END],
      [N, FIRST_ONSET, FIRST_DURATION, END], // without length
      [N - 6, FIRST_ONSET, D, END], // without velocity
      [N, FIRST_ONSET + 5, D, N, FIRST_ONSET + 4, D, END], // in the past
      [N, FIRST_ONSET, D],
      [N, FIRST_ONSET, D, END, END],
      [N, FIRST_ONSET, D, BEGIN, END],
      [N, FIRST_ONSET, NEXT_SEGMENT, D, END],
      [N, NEXT_SEGMENT, FIRST_ONSET, D, END],
      [ENDING, N, FIRST_ONSET, D, END],
      [N, FIRST_ONSET, D, ENDING, ENDING, END],
      [NEXT_SEGMENT, END],
      [UNKNOWN, FIRST_ONSET, END],
      [N + 128 * 13, FIRST_ONSET, D, END], // not announced
      [6, N, FIRST_ONSET, D, END],
    ].map((tokens): InvalidExample<AriaPiece, AriaPrompt> => ({ prompt: {}, tokens })),
  ],
  isValidOutput: isOutput,
});

describe('ariaDomain', () => {
  it('announces the end of a long piece between two notes', () => {
    const body = encodeAria(Array.from({ length: 80 }, (_, i) => note(100 * i)));
    const announced = announceEnd(body);
    const at = announced.indexOf(ENDING);
    expect(body.length - at).toBeGreaterThanOrEqual(100);
    expect(body.length - at).toBeLessThan(104);
    expect(isNote(announced[at + 1]) || announced[at + 1] === NEXT_SEGMENT).toBe(true);
    expect(announced.filter((id) => id !== ENDING)).toEqual(body);
    expect(announceEnd(body.slice(0, 90))).toEqual(body.slice(0, 90));
  });

  it('crops a piece after its prefix, from a whole note on', () => {
    const whole = ariaDomain.encodeExample(
      piece(...Array.from({ length: 20 }, (_, i) => note(400 * i, i % 2 ? DRUMS : 0))),
    );
    for (let start = 1; start < whole.tokens.length; start++) {
      const { tokens } = ariaDomain.crop!(whole, start, 12);
      expect(tokens.length).toBeLessThanOrEqual(12);
      expect(Array.from(tokens).slice(0, 3)).toEqual([6, 16, BEGIN]);
      expect(tokens[3] < FIRST_DURATION).toBe(true);
    }
  });

  it('reads the part of a primer that begins within its seconds', () => {
    const primer = piece(note(0), note(900), note(2100));
    const { tokens } = ariaDomain.encodePrompt({ piece: primer, seconds: 2 });
    expect(Array.from(tokens)).toEqual([6, BEGIN, N, FIRST_ONSET, D, N, FIRST_ONSET + 90, D]);
  });

  it('refuses a primer without notes of its instruments', () => {
    const primer = parseAria('a.mid', readFixture('remi/midi/band-6.mid'));
    expect(() => ariaDomain.encodePrompt({ piece: primer })).toThrow(
      new RangeError('primer: the piece has no notes that Aria knows'),
    );
  });

  it('keeps pitches and velocities in their ranges when it varies a piece', () => {
    for (let step = 0; step < 30; step++) {
      const source = randomAt({ seed: 1, purpose: 'augment', step });
      const notes = [
        note(0, 0, 1),
        { ...note(1000, 0, 126), velocity: 125 },
        note(2000, DRUMS, 40),
      ];
      const varied = ariaDomain.augment!(piece(...notes), source)!.notes;
      for (const { pitch, velocity } of varied) {
        expect(pitch).toBeGreaterThanOrEqual(0);
        expect(pitch).toBeLessThanOrEqual(127);
        expect(velocity).toBeLessThanOrEqual(127);
      }
      expect(varied[2].pitch).toBe(40);
      expect(varied[1].pitch - varied[0].pitch).toBe(125);
    }
  });

  it('writes MIDI files with a track for each instrument', () => {
    const { notes } = parseMidi('a.mid', writeScore(ariaScore([note(0), note(250, DRUMS, 40)])));
    expect(
      notes.map(({ startSeconds, endSeconds, isDrum }) => [startSeconds, endSeconds, isDrum]),
    ).toEqual([
      [0, 0.5, false],
      [0.25, 0.75, true],
    ]);
  });
});

describe('ariaGrammar', () => {
  const grammar = ariaGrammar({ lengthSeconds: 7 });
  const prompt = ariaDomain.encodePrompt({ piece: piece(note(0), note(900)), seconds: 1 });
  const at = (step: number): number[] => [N, FIRST_ONSET + step, D];
  const follow = (...tokens: number[]) =>
    followGrammar(
      { grammar, vocabulary: ariaDomain.vocabulary, stopTokens: [END] },
      prompt,
      tokens,
    );

  it('ends an output of chosen length before the first note after it', () => {
    const inTime = [...at(100), NEXT_SEGMENT, ...at(299)];
    expect(follow(...inTime, END).isComplete).toBe(false);
    expect(follow(...inTime, N, FIRST_ONSET + 300, END).isComplete).toBe(true);
    expect(follow(...inTime, N, FIRST_ONSET + 300, D).forbidden).toBe(9);
    expect(follow(...inTime, NEXT_SEGMENT, END).isComplete).toBe(true);
    const ids = [...Array.from(prompt.tokens), ...inTime, N, FIRST_ONSET + 300, END];
    expect(decodeAria(ids).map(({ startMs }) => startMs)).toEqual([0, 900, 1000, 7990]);
  });

  it('writes only the instruments of the primer', () => {
    const drums = ariaDomain.encodePrompt({ piece: piece(note(0, 40), note(0, DRUMS, 36)) });
    const ids = [...ariaGrammar().allowed(ariaGrammar().start(drums))].filter(isNote);
    expect(new Set(ids.map(programOf))).toEqual(new Set([40, DRUMS]));
  });
});
