import toneMidi from '@tonejs/midi';
import * as fc from 'fast-check';

import { decodeEvents, EVENTS, stepAt } from '../events/events.js';
import type { StepNote } from '../notes/note.js';
import { parseMidi } from './parse-midi.js';
import { writeMidi } from './write-midi.js';

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
