import { targetCounts } from './target-counts.js';

describe('targetCounts', () => {
  it('knows the losses of guesses by frequency, alone and behind another token', () => {
    const counts = targetCounts(3);
    for (const [before, target, weight] of [
      [0, 1, 1],
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 4],
    ]) {
      counts.add(target, before, weight);
    }
    expect(counts.unigram()).toBeCloseTo(
      -(0.5 * Math.log(0.5) + (3 / 8) * Math.log(3 / 8) + (1 / 8) * Math.log(1 / 8)),
      12,
    );
    expect(counts.bigram()).toBeCloseTo(-(3 * Math.log(3 / 4) + Math.log(1 / 4)) / 8, 12);
  });
});
