import { randomAt } from '@ramble/core';

import { selfSimilarity } from './self-similarity.js';

const random = randomAt({ seed: 5, purpose: 'sample', step: 0 });
/** Four notes in each two seconds. */
const playing = (seconds: number, pitchAt: (index: number) => number) =>
  Array.from({ length: 2 * seconds }, (_, i) => {
    return { startStep: 50 * i, endStep: 50 * i + 50, pitch: pitchAt(i), velocity: 64 };
  });

describe('selfSimilarity', () => {
  it('is 1 of what comes back after 8 to 32 seconds', () => {
    for (const period of [16, 32, 60]) {
      const melody = Array.from({ length: period }, (_, i) => 60 + random.integer(i, 12));
      const notes = playing(120, (i) => melody[i % period]);
      expect(selfSimilarity(notes)).toBeGreaterThan(0.85);
    }
    expect(selfSimilarity(playing(60, () => 60))).toBe(1);
  });

  it('is less of notes at random, and 0 where nothing comes back', () => {
    expect(selfSimilarity(playing(60, (i) => 60 + random.integer(i, 12)))).toBeLessThan(0.8);
    const rising = playing(22, (i) => 60 + Math.floor(i / 4));
    expect(selfSimilarity(rising)).toBe(0);
  });

  it('knows none of what is short', () => {
    expect(selfSimilarity([])).toBeUndefined();
    expect(selfSimilarity(playing(8, () => 60))).toBeUndefined();
  });
});
