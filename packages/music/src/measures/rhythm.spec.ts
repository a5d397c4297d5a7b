import { randomAt } from '@ramble/core';

import { shareOnGrid } from './rhythm.js';

const random = randomAt({ seed: 4, purpose: 'sample', step: 0 });
const at = (startStep: number) => ({ startStep, endStep: startStep + 5, pitch: 60, velocity: 64 });

describe('shareOnGrid', () => {
  it('is 1 of a steady pulse, wherever they begin and however fast they are', () => {
    for (const distance of [11, 13.5, 25, 40]) {
      const notes = Array.from({ length: 200 }, (_, i) => at(Math.round(37 + i * distance)));
      expect(shareOnGrid(notes)).toBeGreaterThan(0.97);
    }
  });

  it('is about 0.6 of onsets at random', () => {
    const notes = Array.from({ length: 400 }, (_, i) => at(random.integer(i, 6000)));
    expect(shareOnGrid(notes)).toBeGreaterThan(0.5);
    expect(shareOnGrid(notes)).toBeLessThan(0.68);
  });

  it('is undefined for a few notes', () => {
    expect(shareOnGrid([])).toBeUndefined();
    expect(shareOnGrid([at(0), at(50)])).toBeUndefined();
  });
});
