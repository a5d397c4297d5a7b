import { readFixture, type View, viewPairs } from '../../test/fixtures.js';
import { bleu } from '../bleu/bleu.js';
import { chrf } from '../chrf/chrf.js';
import { rouge } from '../rouge/rouge.js';
import { corpusScore, type Metric, type Resampled, resampledSignature } from '../score/metric.js';
import { ter } from '../ter/ter.js';
import {
  bootstrapConfidence,
  pairedBootstrap,
  type PairedHypotheses,
  pairedRandomization,
} from './paired-tests.js';

type Name = 'BLEU' | 'chrF2' | 'TER';
const METRICS: Readonly<Record<Name, Metric>> = { BLEU: bleu(), chrF2: chrf(), TER: ter() };

const fixture = readFixture('resampling') as {
  readonly confidence: {
    readonly metric: Name;
    readonly view: View;
    readonly samples: number;
    readonly seed: number;
    readonly mean: number;
    readonly ci: number;
    readonly signature: string;
  }[];
  readonly paired: ({
    readonly rows: [start: number, end: number, referenceCount: number];
    readonly results: Record<
      Name,
      { readonly pValue: number; readonly mean: number; readonly ci: number; signature: string }
    >;
  } & Resampled)[];
};
const pairsOf = ([start, end, count]: [number, number, number]): PairedHypotheses => ({
  baseline: viewPairs(['all', start, end, count]).hypotheses,
  system: viewPairs(['system2', start, end, count]).hypotheses,
  references: viewPairs(['all', start, end, count]).references,
});
/** sacreBLEU scores drawn corpora in 32 bits. */
const SINGLE = 4;
const cases = fixture.paired.flatMap((each) =>
  (Object.keys(METRICS) as Name[]).map((name) => ({ ...each, name, ...each.results[name] })),
);
const bootstraps = cases.filter(({ test }) => test === 'bs');
const randomizations = cases.filter(({ test }) => test === 'ar');
const { baseline, system, references } = pairsOf([20, 60, 2]);

describe('bootstrapConfidence', () => {
  it.each(fixture.confidence)(
    "is sacreBLEU's for $metric, $samples samples of seed $seed",
    ({ metric, view, samples, seed, mean, ci, signature }) => {
      const { hypotheses, references } = viewPairs(view);
      const found = bootstrapConfidence(METRICS[metric], hypotheses, references, {
        samples,
        seed,
      });
      expect(found.mean).toBeCloseTo(mean, SINGLE);
      expect((found.high - found.low) / 2).toBeCloseTo(ci, SINGLE);
      const score = corpusScore(METRICS[metric], hypotheses, references);
      expect(resampledSignature(score.signature, { test: 'bs', samples, seed })).toBe(signature);
    },
  );
});

describe('pairedBootstrap', () => {
  it.each(bootstraps)(
    "has sacreBLEU's p-value, mean and interval for $name, $samples samples of seed $seed",
    ({ rows, samples, seed, name, pValue, mean, ci }) => {
      const found = pairedBootstrap(METRICS[name], pairsOf(rows), { samples, seed });
      expect(found.pValue).toBeCloseTo(pValue, 10);
      expect(found.system.mean).toBeCloseTo(mean, SINGLE);
      expect((found.system.high - found.system.low) / 2).toBeCloseTo(ci, SINGLE);
    },
  );

  it('finds no difference between a system and itself, and a significant one if it is large', () => {
    const samples = 60;
    const same = { baseline, system: baseline, references };
    expect(pairedBootstrap(bleu(), same, { samples }).pValue).toBe(1 / (samples + 1));
    const unmatched = { baseline: baseline.map(() => 'x'), system, references };
    expect(pairedBootstrap(bleu(), unmatched, { samples }).pValue).toBe(1 / (samples + 1));
  });

  it('compares the number that numberOf selects', () => {
    const numberOf = ({ rougeL }: { readonly rougeL: { readonly recall: number } }): number =>
      rougeL.recall;
    const pairs = { baseline: references[0], system, references: references.slice(0, 1) };
    const found = pairedBootstrap(rouge(), pairs, { samples: 60, numberOf });
    expect(found.baseline).toEqual({ value: 1, mean: 1, low: 1, high: 1 });
    expect(found.system.value).toBeLessThan(1);
  });

  it('refuses 0 samples and an invalid seed', () => {
    const pairs = { baseline, system, references };
    expect(() => pairedBootstrap(bleu(), pairs, { samples: 0 })).toThrow(
      new RangeError('samples: expected an integer of at least 1, got 0'),
    );
    expect(() => pairedBootstrap(bleu(), pairs, { seed: -1 })).toThrow(
      new RangeError('seed: expected an integer of at least 0, got -1'),
    );
  });
});

describe('pairedRandomization', () => {
  it.each(randomizations)(
    "has sacreBLEU's p-value for $name, $samples trials of seed $seed",
    ({ rows, samples, seed, name, pValue }) => {
      const found = pairedRandomization(METRICS[name], pairsOf(rows), { samples, seed });
      expect(found.pValue).toBeCloseTo(pValue, 10);
    },
  );

  it('finds that chance parts two systems as far whose texts are the same but for their order', () => {
    const samples = 50;
    const same = { baseline, system: baseline, references };
    expect(pairedRandomization(bleu(), same, { samples }).pValue).toBe(1 / (samples + 1));
    expect(pairedRandomization(bleu(), same, { samples }).system.value).toBe(
      pairedRandomization(bleu(), same, { samples }).baseline.value,
    );
  });
});
