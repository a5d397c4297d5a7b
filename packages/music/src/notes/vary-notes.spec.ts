import { createHash } from 'node:crypto';

import { randomAt } from '@ramble/core';

import { readFixture, readJson } from '../../test/read-fixture.js';
import { encodeNotes } from '../events/events.js';
import { parseMidi } from '../midi/parse-midi.js';
import { applyPedal } from './apply-pedal.js';
import type { Note } from './note.js';
import { VARIATIONS, varyAtRandom, varyNotes } from './vary-notes.js';

const { file, range, cases } = readJson('augmentation.json') as {
  readonly file: string;
  readonly range: readonly [number, number];
  readonly cases: readonly {
    readonly stretch: number;
    readonly transpose: number;
    readonly discarded: boolean;
    readonly sha256?: string;
  }[];
}; // fixtures/README.md
const notes = applyPedal(parseMidi(file, readFixture(file)));

describe('varyNotes', () => {
  it.each(cases)(
    'plays as note-seq does, stretched by $stretch, $transpose semitones higher',
    ({ stretch, transpose, discarded, sha256 }) => {
      const varied = varyNotes(notes, { stretch, semitones: transpose }, range);
      expect(varied === undefined).toBe(discarded);
      if (!varied) return;
      const ids = Array.from(encodeNotes(varied)).join(' ');
      expect(createHash('sha256').update(ids).digest('hex')).toBe(sha256);
    },
  );

  it('drops a piece that leaves the piano, by its lowest or its highest note', () => {
    const note = { startSeconds: 0, endSeconds: 1, velocity: 64 };
    for (const [pitch, semitones] of [
      [23, -3],
      [106, 3],
    ]) {
      expect(varyNotes([{ ...note, pitch }], { semitones, stretch: 1 })).toBeUndefined();
      const nearer = varyNotes([{ ...note, pitch }], { semitones: semitones / 1.5, stretch: 1 });
      expect(nearer).toEqual([{ ...note, pitch: pitch + semitones / 1.5 }]);
    }
  });
});

describe('varyAtRandom', () => {
  const middle = { startSeconds: 1, endSeconds: 2, velocity: 64, pitch: 60 };
  const drawn = (notes: readonly Note[]): Set<string> => {
    const all = Array.from({ length: 1000 }, (_, step) => {
      const varied = varyAtRandom(notes, randomAt({ seed: 1, purpose: 'augment', step }));
      return varied && `${varied[0].pitch - notes[0].pitch} ${varied[0].startSeconds}`;
    });
    return new Set(all.map(String));
  };

  it('draws each of the 35', () => {
    const all = VARIATIONS.map(({ semitones, stretch }) => `${semitones} ${stretch}`);
    expect(VARIATIONS).toHaveLength(35);
    expect(drawn([middle])).toEqual(new Set(all));
  });

  it('draws no variation that leaves the piano, and none for a piece that does', () => {
    const up = [...drawn([{ ...middle, pitch: 21 }])].map((word) => parseInt(word));
    expect(new Set(up)).toEqual(new Set([0, 1, 2, 3]));
    expect(drawn([{ ...middle, pitch: 10 }])).toEqual(new Set(['undefined']));
  });
});
