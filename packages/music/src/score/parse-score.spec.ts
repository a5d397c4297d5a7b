import { readFixture, readJson } from '../../test/read-fixture.js';
import { encodeScore } from '../remi/encode-score.js';
import { REMI_DEFAULTS, remiVocabulary } from '../remi/remi-vocabulary.js';
import { parseScore } from './parse-score.js';

/** A file with one track, whose events are the given bytes. */
const fileOf = (track: readonly number[], division = [1, 0xe0]): Uint8Array =>
  Uint8Array.from([
    ...[0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 1, 0, 1, ...division],
    ...[0x4d, 0x54, 0x72, 0x6b, 0, 0, 0, track.length, ...track],
  ]);
const END_OF_TRACK = [0, 0xff, 0x2f, 0];

it('reads parts, tempos and time signatures in ticks', () => {
  const score = parseScore(
    'a.mid',
    fileOf([
      ...[0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20, 0, 0xff, 0x58, 4, 6, 3, 24, 8],
      ...[0, 0xc1, 33, 0, 0x91, 40, 90, 0, 0x99, 36, 100, 96, 0x89, 36, 0, 96, 0x91, 40, 0],
      ...END_OF_TRACK,
    ]),
  );
  expect(score).toEqual({
    name: 'a.mid',
    ticksPerQuarter: 480,
    parts: [
      { program: 33, notes: [{ tick: 0, durationTicks: 192, pitch: 40, velocity: 90 }] },
      { program: -1, notes: [{ tick: 0, durationTicks: 96, pitch: 36, velocity: 100 }] },
    ],
    tempos: [{ tick: 0, microsecondsPerQuarter: 500_000 }],
    timeSignatures: [{ tick: 0, beats: 6, beatType: 8 }],
    repairs: [],
  });
});

it.each([
  [
    'counts frames',
    fileOf(END_OF_TRACK, [0xe7, 40]),
    'bad.mid: expected ticks that divide a quarter note, got 1000 ticks a second',
  ],
  [
    'stands still',
    fileOf([0, 0xff, 0x51, 3, 0, 0, 0, ...END_OF_TRACK]),
    'bad.mid: expected a tempo above 0, got 0',
  ],
  [
    'lasts for ever',
    fileOf([0, 0x90, 60, 60, 0xff, 0xff, 0xff, 0x7f, 0x80, 60, 0, ...END_OF_TRACK]),
    'bad.mid: expected at most 200000 quarter notes from its beginning to its end, got 559241',
  ],
  [
    'is none',
    Uint8Array.of(1, 2),
    'bad.mid: expected a MIDI file, which begins with MThd, got other bytes',
  ],
])('refuses a file that %s', (_, bytes, message) => {
  expect(() => parseScore('bad.mid', bytes)).toThrow(new RangeError(message));
});

it('reads damaged files, or refuses them with one line', () => {
  interface Damaged {
    readonly name: string;
    readonly base64: string;
  }
  const { cases, mutations } = readJson('malformed-midi.json') as {
    readonly cases: readonly Damaged[];
    readonly mutations: readonly Damaged[];
  }; // fixtures/README.md
  const vocabulary = remiVocabulary(REMI_DEFAULTS);
  let refused = 0;
  for (const { name, base64 } of [...cases, ...mutations]) {
    try {
      const score = parseScore(name, new Uint8Array(Buffer.from(base64, 'base64')));
      expect(encodeScore(score, vocabulary)[0]).toBe(vocabulary.first.bar);
    } catch (error) {
      refused++;
      expect(error).toBeInstanceOf(RangeError);
      expect((error as RangeError).message).toMatch(/^[^\n]*: expected [^\n]*, got [^\n]*$/);
    }
  }
  expect(refused).toBeGreaterThan(20);
});

it('reports its repairs', () => {
  const bytes = readFixture('midi/simple.mid');
  const longer = Uint8Array.from([...bytes, 1, 2, 3]);
  expect(parseScore('a.mid', longer).repairs).toEqual([
    'expected nothing behind the last chunk, got 3 bytes',
  ]);
});

it.each([
  ['Latin-1', [0x46, 0x6c, 0xf6, 0x74, 0x65], 'Flöte'],
  ['UTF-8', [0x46, 0x6c, 0xc3, 0xb6, 0x74, 0x65], 'Flöte'],
  ['control characters', [0x20, 0x41, 0x00, 0x62, 0x0a], 'Ab'],
  ["its instrument's name", Array.from('flute', (each) => each.charCodeAt(0)), undefined],
  ['no characters', [], undefined],
])('names a part after its track with a name of %s', (_, name, expected) => {
  const title = [0, 0xff, 3, name.length, ...name];
  const flute = [0, 0xc0, 73, 0, 0x90, 60, 60, 96, 0x80, 60, 0];
  const { parts } = parseScore('a.mid', fileOf([...title, ...flute, ...END_OF_TRACK]));
  expect(parts.map((part) => part.name)).toEqual([expected]);
});

it('does not name the parts of a track with several', () => {
  const title = [0, 0xff, 3, 1, 0x41];
  const notes = [0, 0x90, 60, 60, 0, 0x91, 64, 60, 96, 0x80, 60, 0, 0, 0x81, 64, 0];
  const { parts } = parseScore('a.mid', fileOf([...title, ...notes, ...END_OF_TRACK]));
  expect(parts.map(({ name }) => name)).toEqual([undefined, undefined]);
});
