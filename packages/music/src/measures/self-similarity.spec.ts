import { randomAt } from '@ramble/core';

import type { SoundingPiece } from './polyphony.js';
import { selfSimilarity } from './copied-share.js';

const random = randomAt({ seed: 5, purpose: 'sample', step: 0 });
/** Four notes in each window of two seconds. */
const playing = (seconds: number, pitchAt: (index: number) => number) => ({
  notes: Array.from({ length: 2 * seconds }, (_, i) => {
    return { start: i / 2, end: (i + 1) / 2, pitch: pitchAt(i) };
  }),
  length: seconds,
});
const similarity = (piece: SoundingPiece): number | undefined => selfSimilarity(piece, 2);

describe('selfSimilarity', () => {
  it('is 1 for music that repeats after 8 to 32 seconds', () => {
    for (const period of [16, 32, 60]) {
      const melody = Array.from({ length: period }, (_, i) => 60 + random.integer(i, 12));
      const notes = playing(120, (i) => melody[i % period]);
      expect(similarity(notes)).toBeGreaterThan(0.85);
    }
    expect(similarity(playing(60, () => 60))).toBe(1);
  });

  it('is lower for random notes, and 0 without repetition', () => {
    expect(similarity(playing(60, (i) => 60 + random.integer(i, 12)))).toBeLessThan(0.8);
    const rising = playing(22, (i) => 60 + Math.floor(i / 4));
    expect(similarity(rising)).toBe(0);
  });

  it('is undefined for a short piece', () => {
    expect(similarity({ notes: [], length: 0 })).toBeUndefined();
    expect(similarity(playing(8, () => 60))).toBeUndefined();
  });
});
