import { barTicks, type Score } from './score.js';

const note = { tick: 5, durationTicks: 3, pitch: 60, velocity: 80 };

/** A score of one note, which ends at tick 8. */
function scoreOf(timeSignatures: Score['timeSignatures'], ticksPerQuarter: number): Score {
  const parts = [{ program: 0, notes: [note] }];
  return { name: 'x.mid', ticksPerQuarter, parts, tempos: [], timeSignatures, repairs: [] };
}

describe('barTicks', () => {
  it('follows the time signatures from bar to bar', () => {
    const signatures = [
      { tick: 0, beats: 3, beatType: 4 },
      { tick: 3, beats: 2, beatType: 4 },
    ];
    expect(barTicks(scoreOf(signatures, 1))).toEqual([0, 3, 5, 7, 9]);
  });

  it('begins with common time', () => {
    expect(barTicks(scoreOf([], 1))).toEqual([0, 4, 8]);
  });

  it('terminates if beats are shorter than a tick', () => {
    const ticks = barTicks(scoreOf([{ tick: 0, beats: 2, beatType: 16 }], 2));
    expect(ticks).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
