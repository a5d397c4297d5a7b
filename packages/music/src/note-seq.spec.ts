import { createHash } from 'node:crypto';

import { readFixture, readJson } from '../test/read-fixture.js';
import { decodeEvents, encodeNotes } from './events/events.js';
import { parseMidi } from './midi/parse-midi.js';
import { applyPedal } from './notes/apply-pedal.js';
import type { MidiPiece, Note, StepNote, StruckNote } from './notes/note.js';

/** Ids of a piece, and what becomes of them. */
interface Encoded {
  readonly sha256: string;
  readonly ids?: readonly number[];
  readonly decoded?: readonly (readonly number[])[];
  readonly decodedCount?: number;
  readonly reencodedSha256: string;
}
interface Case {
  readonly name: string;
  readonly file: string;
  readonly notes: readonly (readonly number[])[];
  readonly pedal: readonly (readonly number[])[];
  readonly sustainNotes: readonly (readonly number[])[];
  readonly plain: Encoded;
  readonly sustain: Encoded;
}

const { cases } = readJson('hand-made.json') as { cases: readonly Case[] }; // fixtures/README.md
const real = [
  'bach-prelude-c-major-bwv846',
  'debussy-arabesque-no1',
  'peacherine-rag',
  'satie-gymnopedie-no1',
].map((name) => readJson(`real/${name}.json`) as Pick<Case, 'name' | 'file' | 'plain' | 'sustain'>);

const read = ({ file }: Pick<Case, 'file'>): MidiPiece => parseMidi(file, readFixture(file));
const row = (note: StruckNote): number[] => [
  note.startSeconds,
  note.endSeconds,
  note.pitch,
  note.velocity,
  note.instrument,
  note.program,
  Number(note.isDrum),
];
const steps = (notes: readonly StepNote[]): number[][] =>
  notes.map((note) => [note.startStep, note.endStep, note.pitch, note.velocity]);
const sorted = (rows: readonly (readonly number[])[]): string[] => rows.map(String).sort();
const hash = (ids: Iterable<number>): string =>
  createHash('sha256').update(Array.from(ids).join(' ')).digest('hex');
const seconds = (notes: readonly StepNote[]): Note[] =>
  notes.map((note) => ({
    ...note,
    startSeconds: note.startStep / 100,
    endSeconds: note.endStep / 100,
  }));

function checkIds(ids: Int32Array, expected: Encoded): void {
  if (expected.ids) expect(Array.from(ids)).toEqual(expected.ids);
  expect(hash(ids)).toBe(expected.sha256);
  const decoded = decodeEvents(ids);
  if (expected.decoded) expect(sorted(steps(decoded))).toEqual(sorted(expected.decoded));
  else expect(decoded).toHaveLength(expected.decodedCount!);
  const again = encodeNotes(seconds(decoded));
  expect(hash(again)).toBe(expected.reencodedSha256);
  expect(encodeNotes(seconds(decodeEvents(again)))).toEqual(again);
}

describe.each(cases)('note-seq on $name', (expected) => {
  const piece = read(expected);
  const pedalled = applyPedal(piece);

  it('reads the same notes and pedal', () => {
    expect(piece.notes.map(row)).toEqual(expected.notes);
    const moves = piece.pedal.map(({ seconds: at, value, instrument }) => [at, value, instrument]);
    expect(moves).toEqual(expected.pedal);
  });

  it('applies the pedal to the same notes', () => {
    expect(pedalled.map(row)).toEqual(expected.sustainNotes);
  });

  it('writes the same events, with and without the pedal', () => {
    checkIds(encodeNotes(piece.notes), expected.plain);
    checkIds(encodeNotes(pedalled), expected.sustain);
  });
});

describe.each(real)('note-seq on $name', (expected) => {
  it('writes the same events, with and without the pedal', () => {
    const piece = read(expected);
    checkIds(encodeNotes(piece.notes), expected.plain);
    checkIds(encodeNotes(applyPedal(piece)), expected.sustain);
  });
});
