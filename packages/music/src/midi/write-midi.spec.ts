import toneMidi from '@tonejs/midi';
import * as fc from 'fast-check';
import * as midiFile from 'midi-file';

import { decodeEvents, EVENTS, stepAt } from '../events/events.js';
import type { StepNote } from '../notes/note.js';
import { readFixture } from '../../test/read-fixture.js';
import { parseScore } from '../score/parse-score.js';
import { DRUMS, type Score, type ScoreNote } from '../score/score.js';
import { parseMidi } from './parse-midi.js';
import { writeMidi, writeScore } from './write-midi.js';

const someNotes = fc.array(fc.nat(EVENTS - 1), { maxLength: 300 }).map((ids) => decodeEvents(ids));
const sorted = (notes: readonly StepNote[]): string[] =>
  notes.map((note) => [note.startStep, note.endStep, note.pitch, note.velocity].join()).sort();

describe('writeMidi', () => {
  it('writes notes that are read back the same, even overlapping ones of one pitch', () => {
    fc.assert(
      fc.property(someNotes, (notes) => {
        const read = parseMidi('x.mid', writeMidi(notes)).notes.map((note) => ({
          ...note,
          startStep: stepAt(note.startSeconds),
          endStep: stepAt(note.endSeconds),
        }));
        expect(sorted(read)).toEqual(sorted(notes));
      }),
      { numRuns: 300 },
    );
  });

  it('writes files that @tonejs/midi reads as the same notes', () => {
    fc.assert(
      fc.property(someNotes, (notes) => {
        const { tracks } = new toneMidi.Midi(writeMidi(notes));
        const read = tracks.flatMap((track) =>
          track.notes.map(({ time, duration, midi, velocity }) => ({
            startStep: stepAt(time),
            endStep: stepAt(time + duration),
            pitch: midi,
            velocity: Math.round(velocity * 127),
          })),
        );
        expect(sorted(read)).toEqual(sorted(notes));
      }),
      { numRuns: 300 },
    );
  });

  it('writes a file without notes for an empty list', () => {
    expect(parseMidi('x.mid', writeMidi([])).notes).toEqual([]);
  });
});

const note = (tick: number, durationTicks: number, pitch: number): ScoreNote => {
  return { tick, durationTicks, pitch, velocity: 80 };
};
const score: Score = {
  name: 'a.mid',
  ticksPerQuarter: 16,
  parts: [
    { program: 33, notes: [note(0, 16, 40), note(16, 16, 40)] },
    { program: DRUMS, notes: [note(0, 2, 36)] },
    { program: 0, notes: [note(8, 24, 60), note(12, 4, 60)] }, // one within the other
  ],
  tempos: [{ tick: 0, microsecondsPerQuarter: 500_000 }],
  timeSignatures: [
    { tick: 0, beats: 3, beatType: 4 },
    { tick: 48, beats: 6, beatType: 8 },
  ],
  repairs: [],
};

it('writes a score that is read back the same, with overlapping notes in a separate track', () => {
  const [bass, drums, piano] = score.parts;
  expect(parseScore('a.mid', writeScore(score))).toEqual({
    ...score,
    parts: [
      bass,
      drums,
      { program: 0, notes: [piano.notes[0]] },
      { program: 0, notes: [piano.notes[1]] },
    ],
  });
});

it('names the tracks, and gives each instrument a separate channel', () => {
  const { tracks } = new toneMidi.Midi(writeScore(score));
  expect(tracks.map(({ name, channel, instrument }) => [name, channel, instrument.number])).toEqual(
    [
      ['electric bass (finger)', 0, 33],
      ['drums', 9, 0],
      ['grand piano', 1, 0],
      ['grand piano', 1, 0],
    ],
  );
});

it('names a track after its part, if the part has a name', () => {
  const parts = [{ name: 'Soprano', program: 52, notes: [note(0, 16, 72)] }];
  const { tracks } = new toneMidi.Midi(writeScore({ ...score, parts }));
  expect(tracks.map(({ name, instrument }) => [name, instrument.number])).toEqual([
    ['Soprano', 52],
  ]);
});

it('shares channels if the score has more instruments', () => {
  const parts = Array.from({ length: 20 }, (_, program) => ({ program, notes: [note(0, 8, 60)] }));
  const again = parseScore('a.mid', writeScore({ ...score, parts }));
  expect(again.parts).toEqual(parts);
});

it('writes a piece without notes', () => {
  expect(parseScore('a.mid', writeScore({ ...score, parts: [] }))).toEqual({ ...score, parts: [] });
});

it('keeps the notes of a real file', () => {
  const piece = parseScore('a.mid', readFixture('real/peacherine-rag.mid'));
  const rows = ({ parts }: Score): string[] =>
    parts.flatMap(({ notes }) => notes.map((each) => Object.values(each).join())).sort();
  expect(rows(parseScore('a.mid', writeScore(piece)))).toEqual(rows(piece));
});

it('writes a track of any length as midi-file does, in time that is proportional to it', () => {
  const notes = Array.from({ length: 40_000 }, (_, i) => note(480 * i, 480, 60));
  const began = performance.now();
  const long = { ...score, ticksPerQuarter: 480, parts: [{ program: 0, notes }] };
  const bytes = writeScore(long);
  expect(performance.now() - began).toBeLessThan(20_000); // minutes if each event copies all bytes before it
  expect(parseScore('a.mid', bytes).parts).toEqual([{ program: 0, notes }]);
  const short = writeScore({ ...long, parts: [{ program: 0, notes: notes.slice(0, 300) }] });
  expect([...short]).toEqual(midiFile.writeMidi(midiFile.parseMidi(short)));
});
