import * as fc from 'fast-check';

import { readJson } from '../../test/read-fixture.js';
import { decodeEvents, encodeNotes, EVENTS } from './events.js';

const { cases } = readJson('decode.json') as {
  readonly cases: readonly {
    readonly name: string;
    readonly ids: readonly number[];
    readonly options?: { readonly velocity: number; readonly maxNoteDuration: number | null };
    readonly notes: readonly (readonly number[])[];
  }[];
}; // fixtures/README.md
const someIds = fc.array(fc.nat(EVENTS - 1), { maxLength: 400 });
const reencode = (ids: Iterable<number>): Int32Array =>
  encodeNotes(
    decodeEvents(ids).map((note) => ({
      ...note,
      startSeconds: note.startStep / 100,
      endSeconds: note.endStep / 100,
    })),
  );

describe('decodeEvents', () => {
  it.each(cases)('decodes as note-seq does: $name', ({ ids, options, notes }) => {
    const decoded = decodeEvents(ids, {
      velocity: options?.velocity,
      maxNoteSeconds: options?.maxNoteDuration ?? undefined,
    }).map((note) => [note.startStep, note.endStep, note.pitch, note.velocity]);
    expect(decoded.map(String).sort()).toEqual(notes.map(String).sort());
  });

  it('takes ids of nothing for nothing', () => {
    expect(decodeEvents([60, 388, -1, 0.5, NaN, 265, 188])).toEqual([
      { startStep: 0, endStep: 10, pitch: 60, velocity: 100 },
    ]);
  });

  it('makes notes of some length, in order of time, of any ids', () => {
    fc.assert(
      fc.property(someIds, (ids) => {
        for (const { startStep, endStep, pitch, velocity } of decodeEvents(ids)) {
          expect(endStep).toBeGreaterThan(startStep);
          expect(pitch >= 0 && pitch < 128 && velocity > 0 && velocity < 128).toBe(true);
        }
      }),
    );
  });

  it('is stable with encodeNotes from the second pass on', () => {
    fc.assert(
      fc.property(someIds, (ids) => {
        const once = reencode(ids);
        expect(reencode(once)).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });
});
