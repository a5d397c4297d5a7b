import { learnedLosses, ownLosses } from './measure-tokens.js';
import { type TargetCounts, targetCounts } from './target-counts.js';

type Triple = readonly [before: number, target: number, weight: number];

function countsOf(triples: readonly Triple[]): TargetCounts {
  const counts = targetCounts(3);
  for (const [before, target, weight] of triples) counts.add(target, before, weight);
  return counts;
}
const MEASURED = countsOf([
  [0, 1, 1],
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 4],
]);

describe('ownLosses', () => {
  it('are the entropies of the unigram and bigram counts', () => {
    const { unigram, bigram } = ownLosses(MEASURED);
    expect(unigram).toBeCloseTo(
      -(0.5 * Math.log(0.5) + (3 / 8) * Math.log(3 / 8) + (1 / 8) * Math.log(1 / 8)),
      12,
    );
    expect(bigram).toBeCloseTo(-(3 * Math.log(3 / 4) + Math.log(1 / 4)) / 8, 12);
  });
});

describe('learnedLosses', () => {
  it('use the counts of other data, and smooth those for unseen tokens', () => {
    const learned = countsOf([
      [0, 1, 3],
      [0, 0, 2],
    ]);
    const alone = [3 / 8, 4 / 8, 1 / 8]; // 2, 3 and 0 of 5, each once more
    const { unigram, bigram } = learnedLosses(MEASURED, learned);
    expect(unigram).toBeCloseTo(
      -(3 * Math.log(alone[1]) + Math.log(alone[2]) + 4 * Math.log(alone[0])) / 8,
      12,
    );
    const behindZero = [0, (3 + 2 * alone[1]) / 7, (2 * alone[2]) / 7]; // two different tokens after it
    expect(bigram).toBeCloseTo(
      // No token was seen after the 1.
      -(3 * Math.log(behindZero[1]) + Math.log(behindZero[2]) + 4 * Math.log(alone[0])) / 8,
      12,
    );
  });

  it('exceed the own losses for the same data', () => {
    const [own, learned] = [ownLosses(MEASURED), learnedLosses(MEASURED, MEASURED)];
    expect(learned.unigram).toBeGreaterThan(own.unigram);
    expect(learned.bigram).toBeGreaterThan(own.bigram);
  });
});
