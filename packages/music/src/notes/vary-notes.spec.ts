import { createHash } from 'node:crypto';

import { randomAt } from '@ramble/core';

import { readFixture, readJson } from '../../test/read-fixture.js';
import { encodeNotes } from '../events/encode-notes.js';
import { parseMidi } from '../midi/parse-midi.js';
import { applyPedal } from './apply-pedal.js';
import { drawVariation, VARIATIONS, varyNotes } from './vary-notes.js';

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

describe('drawVariation', () => {
  it('draws each of the 35', () => {
    const drawn = Array.from({ length: 1000 }, (_, step) =>
      drawVariation(randomAt({ seed: 1, purpose: 'augment', step })),
    );
    expect(VARIATIONS).toHaveLength(35);
    expect(new Set(drawn)).toEqual(new Set(VARIATIONS));
  });
});
