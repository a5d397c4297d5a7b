import { optionsOf, readFixture, type View, viewPairs } from '../../test/fixtures.js';
import { chrfWords, corpusChrf } from './chrf.js';

interface Fixture {
  readonly chrf: readonly {
    readonly view: View;
    readonly options: Record<string, unknown>;
    readonly score: number;
    readonly signature: string;
  }[];
  readonly sentence: readonly {
    readonly chrf: number;
    readonly chrfpp: number;
    readonly chrfOneRef: number;
  }[];
}
const { chrf, sentence } = readFixture('chrf-ter') as Fixture;

describe('corpusChrf', () => {
  it.each(chrf)("is sacreBLEU's on $view with $options", ({ view, options, score, signature }) => {
    const { hypotheses, references } = viewPairs(view);
    const found = corpusChrf(hypotheses, references, optionsOf(options));
    expect(found.score).toBeCloseTo(score, 8);
    expect(found.signature).toBe(signature);
  });

  it("is sacreBLEU's on single sentences", () => {
    const sets = [viewPairs(['all', 0, 200, 2]), viewPairs(['tricky', 0, 18, 2])];
    const hypotheses = sets.flatMap((set) => set.hypotheses);
    const [first, second] = [0, 1].map((i) => sets.flatMap((set) => set.references[i]));
    for (const [i, expected] of sentence.entries()) {
      const references = [[first[i]], [second[i]]];
      const score = (lists: string[][], options?: object): number =>
        corpusChrf([hypotheses[i]], lists, options).score;
      expect(score(references)).toBeCloseTo(expected.chrf, 6);
      expect(score(references, { wordOrder: 2 })).toBeCloseTo(expected.chrfpp, 6);
      expect(score(references.slice(0, 1))).toBeCloseTo(expected.chrfOneRef, 6);
    }
  });

  it('is named for its orders', () => {
    const nameOf = (options: object): string => corpusChrf(['a'], [['a']], options).name;
    expect([{}, { wordOrder: 2 }, { wordOrder: 1, beta: 3 }].map(nameOf)).toEqual([
      'chrF2',
      'chrF2++',
      'chrF3+',
    ]);
  });

  it.each([
    [{ charOrder: 0 }, 'charOrder: expected an integer of at least 1, got 0'],
    [{ wordOrder: -1 }, 'wordOrder: expected an integer of at least 0, got -1'],
    [{ beta: 0.5 }, 'beta: expected an integer of at least 1, got 0.5'],
  ])('refuses %j', (options, message) => {
    expect(() => corpusChrf(['a'], [['a']], options)).toThrow(new RangeError(message));
  });
});

describe('chrfWords', () => {
  it('cuts one mark from a word, from the end first', () => {
    expect(chrfWords('"Hello," (he) . .. said')).toEqual([
      ...['"Hello,', '"', '(he', ')', '.', '.', '.', 'said'],
    ]);
  });
});
