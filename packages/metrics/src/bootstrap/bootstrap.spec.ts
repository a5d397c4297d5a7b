import { readFixture, viewPairs } from '../../test/fixtures.js';
import { bleu } from '../bleu/bleu.js';
import { chrf } from '../chrf/chrf.js';
import { rouge } from '../rouge/rouge.js';
import { bootstrapConfidence } from './bootstrap-confidence.js';
import { pairedBootstrap } from './paired-bootstrap.js';
import type { RandomIntegers } from './resample.js';

interface Result {
  readonly score: number;
  readonly p: number | null;
  readonly mean: number;
  readonly ci: number;
}
const { n, samples, indices, results } = readFixture('bootstrap') as {
  readonly n: number;
  readonly samples: number;
  readonly indices: number[][];
  readonly results: Record<'BLEU' | 'chrF2', [baseline: Result, system: Result]>;
};
/** Draws what NumPy drew for sacreBLEU. */
const random: RandomIntegers = { integer: (index) => indices[Math.floor(index / n)][index % n] };
const { hypotheses: baseline, references } = viewPairs(['all', 20, 20 + n, 2]);
const { hypotheses: system } = viewPairs(['system2', 20, 20 + n, 2]);

describe('pairedBootstrap', () => {
  it.each([
    ['BLEU', bleu()],
    ['chrF2', chrf()],
  ] as const)("is sacreBLEU's for %s", (name, metric) => {
    const found = pairedBootstrap(metric, { baseline, system, references }, { random, samples });
    const expected = results[name];
    expect(found.pValue).toBeCloseTo(expected[1].p!, 8);
    for (const [i, side] of [found.baseline, found.system].entries()) {
      expect(side.value).toBeCloseTo(expected[i].score, 6);
      // sacreBLEU adds up in 32 bits.
      expect(side.mean).toBeCloseTo(expected[i].mean, 4);
      expect((side.high - side.low) / 2).toBeCloseTo(expected[i].ci, 4);
    }
  });

  it('finds no difference between a system and itself, and one where it is large', () => {
    const same = { baseline, system: baseline, references };
    expect(pairedBootstrap(bleu(), same, { random, samples }).pValue).toBe(1 / (samples + 1));
    const nothing = { baseline: baseline.map(() => 'x'), system, references };
    expect(pairedBootstrap(bleu(), nothing, { random, samples }).pValue).toBe(1 / (samples + 1));
  });

  it('compares the number that is asked for', () => {
    const numberOf = ({ rougeL }: { readonly rougeL: { readonly recall: number } }): number =>
      rougeL.recall;
    const pairs = { baseline: references[0], system, references: references.slice(0, 1) };
    const found = pairedBootstrap(rouge(), pairs, { random, samples, numberOf });
    expect(found.baseline).toEqual({ value: 1, mean: 1, low: 1, high: 1 });
    expect(found.system.value).toBeLessThan(1);
  });

  it('refuses no samples', () => {
    const pairs = { baseline, system, references };
    expect(() => pairedBootstrap(bleu(), pairs, { random, samples: 0 })).toThrow(
      new RangeError('samples: expected an integer of at least 1, got 0'),
    );
  });
});

describe('bootstrapConfidence', () => {
  it("is sacreBLEU's", () => {
    const found = bootstrapConfidence(bleu(), baseline, references, { random, samples });
    const [{ mean, ci }] = results.BLEU;
    expect(found.mean).toBeCloseTo(mean, 4);
    expect((found.high - found.low) / 2).toBeCloseTo(ci, 4);
  });
});
