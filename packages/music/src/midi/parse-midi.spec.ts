import * as fc from 'fast-check';

import { readFixture, readJson } from '../../test/read-fixture.js';
import { parseMidi } from './parse-midi.js';

interface Case {
  readonly name: string;
  readonly base64: string;
  readonly strict: 'accept' | 'reject' | 'either';
  readonly pretty_midi: { readonly notes?: readonly (readonly number[])[] };
}
const { cases, mutations } = readJson('malformed-midi.json') as {
  readonly cases: readonly Case[];
  readonly mutations: readonly Pick<Case, 'name' | 'base64'>[];
}; // fixtures/README.md

/** Files that need no word: unusual ones, and such as every reader takes. */
const IN_ORDER = [
  'good',
  'header-length-8',
  'smpte-division',
  'format-2',
  'running-status-after-meta',
  'running-status-after-sysex',
  'sysex-unterminated',
  'note-off-only',
];

const bytesOf = ({ base64 }: Pick<Case, 'base64'>): Uint8Array =>
  new Uint8Array(Buffer.from(base64, 'base64'));

/** The notes of a file, or the error that describes its fault. */
function read(bytes: Uint8Array): number[][] | RangeError {
  try {
    return parseMidi('x.mid', bytes).notes.map((note) => [
      note.startSeconds,
      note.endSeconds,
      note.pitch,
      note.velocity,
    ]);
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith('x.mid: ')) return error;
    throw error;
  }
}

function checkSane(result: number[][] | RangeError): void {
  if (result instanceof RangeError) {
    expect(result.message).toMatch(/^x\.mid: (track \d+: )?expected .+, got .+/);
    return;
  }
  for (const [start, end, pitch, velocity] of result) {
    expect(start >= 0 && end > start && end < Infinity).toBe(true);
    expect(pitch >= 0 && pitch < 128 && velocity > 0 && velocity < 128).toBe(true);
  }
}

describe('parseMidi', () => {
  it.each(cases)('reads or refuses as it should: $name', (given) => {
    const result = read(bytesOf(given));
    checkSane(result);
    if (given.strict === 'accept') expect(result).not.toBeInstanceOf(RangeError);
    if (given.strict === 'reject') expect(result).toBeInstanceOf(RangeError);
    // mido, which pretty_midi reads with, forgets the running status after a system event.
    const { notes } = given.name === 'running-status-after-sysex' ? {} : given.pretty_midi;
    if (notes && !(result instanceof RangeError)) {
      expect(result).toEqual(notes.map((note) => note.map((n) => expect.closeTo(n, 8) as number)));
    }
  });

  it.each(mutations)('reads or refuses a damaged file: $name', (given) => {
    checkSane(read(bytesOf(given)));
  });

  it('reads or refuses any bytes', () => {
    const good = [...readFixture('midi/fuzz-3.mid')];
    const slips = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(slips, fc.nat(good.length), (changes, length) => {
        const bytes = Uint8Array.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        checkSane(read(bytes.subarray(0, length)));
        checkSane(read(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['more-tracks-announced', 'expected 3 tracks, as the header says, got 1'],
    ['fewer-tracks-announced', 'expected 1 tracks, as the header says, got 2'],
    ['format-7', 'expected format 0, 1 or 2, got 7'],
    ['alien-chunk-between', 'expected tracks alone, got a chunk "XFIH" as well'],
    ['trailing-garbage', 'expected nothing behind the last chunk, got 17 bytes'],
    ['chunk-length-zero', 'track 1: expected an end of track, got none'],
    ['missing-end-of-track', 'track 1: expected an end of track, got none'],
    ['events-after-end-of-track', 'track 1: expected nothing behind its end, got 2 events'],
  ])('reports its repair: %s', (name, repair) => {
    const given = cases.find((one) => one.name === name)!;
    expect(parseMidi('x.mid', bytesOf(given)).repairs).toEqual([repair]);
  });

  it.each(cases)('refuses, repairs or accepts, with a report of repairs: $name', (given) => {
    if (read(bytesOf(given)) instanceof RangeError) return;
    const { repairs } = parseMidi('x.mid', bytesOf(given));
    expect(repairs.length > 0).toBe(!IN_ORDER.includes(given.name));
  });

  it('has nothing to repair in an intact file', () => {
    expect(parseMidi('x.mid', readFixture('midi/simple.mid')).repairs).toEqual([]);
  });

  it.each([
    ['text-file', 'x.mid: expected a MIDI file, which begins with MThd, got other bytes'],
    ['rmid-wrapper', 'x.mid: expected a MIDI file, which begins with MThd, got other bytes'],
    ['header-length-2', 'x.mid: expected a header of 6 bytes, got 2'],
    ['header-only', 'x.mid: expected at least one track, got none'],
    ['truncated-header', 'x.mid: expected 6 bytes after MThd, got 1'],
    ['chunk-length-huge', 'x.mid: expected 4294967280 bytes after MTrk, got 13'],
    ['zero-division', 'x.mid: expected a division above 0, got 0'],
    ['tempo-zero', 'x.mid: expected a tempo above 0, got 0'],
    ['truncated-varlen', 'x.mid: track 1: expected a time, got its end'],
    ['varlen-5-bytes', 'x.mid: track 1: expected a time of at most 4 bytes, got 0 at byte 4'],
    ['running-status-without-status', 'x.mid: track 1: expected a status byte, got 44 at byte 1'],
    ['data-byte-over-127', 'x.mid: track 1: expected a data byte below 128, got 200 at byte 3'],
    ['meta-length-past-end', 'x.mid: track 1: expected 127 bytes of a meta event, got its end'],
    [
      'undefined-status-f4',
      'x.mid: track 1: expected a status byte that MIDI files allow, got 244 at byte 1',
    ],
    [
      'tempo-wrong-length',
      'x.mid: expected tracks that midi-file can read, got "Expected length for setTempo event is 3, got 2"',
    ],
    ['huge-delta', 'x.mid: expected at most 24 hours, got 77.7'],
  ])('reports the fault: %s', (name, message) => {
    const given = cases.find((one) => one.name === name)!;
    expect(read(bytesOf(given))).toHaveProperty('message', message);
  });

  /** A file with one track of these bytes, and other chunks after it. */
  const fileOf = (
    track: readonly number[] | Uint8Array,
    others = new Uint8Array(0),
  ): Uint8Array => {
    const length = [24, 16, 8, 0].map((bits) => (track.length >> bits) & 0xff);
    const header = [...Buffer.from('MThd'), 0, 0, 0, 6, 0, 0, 0, 1, 0, 96];
    return Buffer.concat([
      ...[Buffer.from([...header, ...Buffer.from('MTrk'), ...length]), Buffer.from(track), others],
    ]);
  };
  const END = [0, 0xff, 0x2f, 0];

  it('refuses a text of 10 MB in one sentence, and reads a text of 60 KB', () => {
    const textOf = (length: number): Uint8Array => {
      const digits = [21, 14, 7].map((bits) => ((length >> bits) & 0x7f) | 0x80);
      return Buffer.concat([
        ...[Buffer.from([0, 0xff, 1, ...digits, length & 0x7f]), Buffer.alloc(length, 0x61)],
        Buffer.from(END),
      ]);
    };
    expect(read(fileOf(textOf(10_000_000)))).toHaveProperty(
      'message',
      'x.mid: track 1: expected a meta event of at most 65535 bytes, got 10000000',
    );
    expect(read(fileOf(textOf(60_000)))).toEqual([]);
  });

  it('reports 500,000 unknown chunks in one sentence', () => {
    const chunk = Buffer.from('XFIH\0\0\0\0');
    const chunks = Buffer.alloc(500_000 * chunk.length, chunk);
    expect(parseMidi('x.mid', fileOf(END, chunks)).repairs).toEqual([
      'expected tracks alone, got 500000 other chunks, the first of them "XFIH", as well',
    ]);
  });

  it('reports ten tracks without an end, and counts the others', () => {
    const empty = Buffer.from('MTrk\0\0\0\0');
    const file = fileOf([], Buffer.alloc(999 * empty.length, empty));
    file.set([1000 >> 8, 1000 & 0xff], 10);
    const { repairs } = parseMidi('x.mid', file);
    expect(repairs).toHaveLength(11);
    expect(repairs[10]).toBe('expected ends of tracks, got 990 more faulty ones');
  });

  it('refuses a file that breaks off within a track', () => {
    const whole = readFixture('midi/simple.mid');
    const cut = whole.subarray(0, whole.length - 9);
    expect(read(cut)).toHaveProperty('message', 'x.mid: expected 61 bytes after MTrk, got 52');
  });

  it('counts ticks of film frames by their seconds', () => {
    const smpte = cases.find(({ name }) => name === 'smpte-division')!;
    const [{ endSeconds }] = parseMidi('x.mid', bytesOf(smpte)).notes;
    expect(endSeconds).toBeCloseTo(0.141, 9); // 25 frames of 40 parts: 1 ms a tick
  });
});
