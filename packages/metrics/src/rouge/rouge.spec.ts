import { readFixture, viewPairs } from '../../test/fixtures.js';
import { porterStem } from './porter-stemmer.js';
import { corpusRouge, ROUGE_MEASURES, ROUGE_TOKENIZERS, type RougeScore } from './rouge.js';

type Values = [precision: number, recall: number, f1: number][];
interface Row {
  readonly plain: Values;
  readonly stem: Values;
}
type TextRow = Row & { readonly ref: string; readonly hyp: string };
interface Fixture {
  readonly rows: readonly Row[];
  readonly mean: Readonly<Record<string, Readonly<Record<'plain' | 'stem', number[]>>>>;
  readonly multiLine: readonly TextRow[];
  readonly tricky: readonly TextRow[];
  readonly multiReference: readonly Values[];
  readonly stems: readonly [word: string, stem: string][];
}
const fixture = readFixture('rouge') as Fixture;

function expectScore(found: RougeScore, expected: Values): void {
  for (const [i, measure] of ROUGE_MEASURES.entries()) {
    const { precision, recall, f1 } = found[measure];
    [precision, recall, f1].forEach((value, j) => expect(value).toBeCloseTo(expected[i][j], 8));
  }
}

describe('corpusRouge', () => {
  const { hypotheses, references } = viewPairs(['all', 0, 200, 3]);

  it.each(['plain', 'stem'] as const)("is rouge-score's on sentences: %s", (kind) => {
    const options = { stemmer: kind === 'stem' };
    for (const [i, row] of fixture.rows.entries()) {
      expectScore(corpusRouge([hypotheses[i]], [[references[0][i]]], options), row[kind]);
    }
    const all = corpusRouge(hypotheses, references.slice(0, 1), options);
    expectScore(all, ROUGE_MEASURES.map((measure) => fixture.mean[measure][kind]) as Values);
  });

  it.each([...fixture.multiLine, ...fixture.tricky])("is rouge-score's on $hyp", (row) => {
    expectScore(corpusRouge([row.hyp], [[row.ref]]), row.plain);
    expectScore(corpusRouge([row.hyp], [[row.ref]], { stemmer: true }), row.stem);
  });

  it('takes the best reference of a segment, separately for each measure', () => {
    for (const [i, expected] of fixture.multiReference.entries()) {
      const lists = references.map((list) => [list[i]]);
      expectScore(corpusRouge([hypotheses[i]], lists), expected);
    }
  });

  it('names its tokenizer in the signature', () => {
    const options = { stemmer: true, tokenize: 'unicode' } as const;
    expect(corpusRouge(['über'], [['ber']]).rouge1.f1).toBe(1);
    expect(corpusRouge(['über'], [['ber']], options)).toMatchObject({
      score: 0,
      signature: 'nrefs:1|stem:yes|tok:unicode|version:0.1.2',
    });
  });

  it('refuses an unknown tokenizer', () => {
    const options = { tokenize: 'words' } as object;
    expect(() => corpusRouge(['a'], [['a']], options)).toThrow(
      new RangeError('tokenize: expected one of ascii, unicode, got words'),
    );
  });
});

describe('ROUGE_TOKENIZERS', () => {
  it('unicode keeps letters of all scripts, and makes each Chinese or Japanese character a token', () => {
    expect(ROUGE_TOKENIZERS.unicode('Naïve cafe\u0301 — हिन्दी 日本語テスト v1.5')).toEqual([
      ...['naïve', 'café', 'हिन्दी', '日', '本', '語', 'テ', 'ス', 'ト', 'v1', '5'],
    ]);
  });
});

describe('porterStem', () => {
  it("is NLTK's", () => {
    const words = fixture.stems.map(([word]) => word);
    expect(words.map(porterStem)).toEqual(fixture.stems.map(([, stem]) => stem));
  });
});
