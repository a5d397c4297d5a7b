import { optionsOf, readFixture, type View, viewPairs } from '../../test/fixtures.js';
import { corpusTer } from './ter.js';

interface Fixture {
  readonly ter: readonly {
    readonly view: View;
    readonly options: Record<string, unknown>;
    readonly score: number;
    readonly numEdits: number;
    readonly refLength: number;
    readonly signature: string;
  }[];
  readonly sentence: readonly { readonly ter: number; readonly terEdits: number }[];
}
const { ter, sentence } = readFixture('chrf-ter') as Fixture;

describe('corpusTer', () => {
  it.each(ter)("is sacreBLEU's on $view with $options", ({ view, options, ...expected }) => {
    const { hypotheses, references } = viewPairs(view);
    const found = corpusTer(hypotheses, references, optionsOf(options));
    expect(found.score).toBeCloseTo(expected.score, 8);
    expect(found.edits).toBe(expected.numEdits);
    expect(found.referenceLength).toBeCloseTo(expected.refLength, 5);
    expect(found.signature).toBe(expected.signature);
  });

  it("is sacreBLEU's on single sentences", () => {
    const sets = [viewPairs(['all', 0, 200, 1]), viewPairs(['tricky', 0, 18, 1])];
    const hypotheses = sets.flatMap((set) => set.hypotheses);
    const references = sets.flatMap((set) => set.references[0]);
    for (const [i, expected] of sentence.entries()) {
      const found = corpusTer([hypotheses[i]], [[references[i]]]);
      expect(found.score).toBeCloseTo(expected.ter, 6);
      expect(found.edits).toBe(expected.terEdits);
    }
  });

  it('counts a shift of three words as one edit', () => {
    expect(corpusTer(['c d e a b'], [['a b c d e']]).edits).toBe(1);
  });

  it('is 100 for words without a reference, and 0 for none', () => {
    expect(corpusTer(['a b'], [['']]).score).toBe(100);
    expect(corpusTer([''], [['']]).score).toBe(0);
  });
});
