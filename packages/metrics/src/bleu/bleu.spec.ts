import { optionsOf, readFixture, type View, viewPairs } from '../../test/fixtures.js';
import { formatScore } from '../score/metric.js';
import { corpusBleu, sentenceBleu } from './bleu.js';
import { BLEU_TOKENIZERS, type BleuTokenizer } from './bleu-options.js';

interface Row {
  readonly hyp?: string;
  readonly refs?: string[];
  readonly exp: number;
  readonly floor: number;
  readonly addk: number;
  readonly none: number;
  readonly expOneRef: number;
}
interface Fixture {
  readonly corpus: readonly {
    readonly view: View;
    readonly options: Record<string, unknown>;
    readonly score: number;
    readonly counts: number[];
    readonly totals: number[];
    readonly precisions: number[];
    readonly bp: number;
    readonly sysLen: number;
    readonly refLen: number;
    readonly signature: string;
    readonly format: string;
  }[];
  readonly sentence: readonly Row[];
  readonly tokenized: readonly Record<BleuTokenizer | 'text', string>[];
}
const { corpus, sentence, tokenized } = readFixture('bleu') as Fixture;

describe('corpusBleu', () => {
  it.each(corpus)("is sacreBLEU's on $view with $options", ({ view, options, ...expected }) => {
    const { hypotheses, references } = viewPairs(view);
    const found = corpusBleu(hypotheses, references, optionsOf(options));
    expect(found.score).toBeCloseTo(expected.score, 8);
    // The fixture has whole numbers of what add-k made broken ones.
    expect(found.counts.map(Math.trunc)).toEqual(expected.counts);
    expect(found.totals.map(Math.trunc)).toEqual(expected.totals);
    found.precisions.forEach((p, i) => expect(p).toBeCloseTo(expected.precisions[i], 8));
    expect(found.brevityPenalty).toBeCloseTo(expected.bp, 8);
    expect(found.hypothesisLength).toBe(expected.sysLen);
    expect(found.referenceLength).toBe(expected.refLen);
    expect(found.signature).toBe(expected.signature);
    expect(formatScore(found).replace(`|${found.signature}`, '')).toBe(expected.format);
  });

  it('is 100 for the references themselves, and 0 for nothing', () => {
    const references = [['a b c d', 'e f g h i']];
    expect(corpusBleu(references[0], references).score).toBeCloseTo(100, 9);
    expect(corpusBleu(['', ''], references)).toMatchObject({ score: 0, brevityPenalty: 0 });
  });

  it.each<[string[], string[][], object, string | RegExp]>([
    [[], [[]], {}, 'hypotheses: expected at least one, got none'],
    [['a'], [], {}, 'references: expected at least one list of references, got none'],
    [['a'], [['b'], []], {}, 'references[1]: expected 1 texts, one for each hypothesis, got 0'],
    [['a'], [['b']], { tokenize: '14' }, /^tokenize: expected one of 13a, intl, .*, got 14$/],
    [
      ['a'],
      [['b']],
      { smoothMethod: 'add' },
      'smoothMethod: expected one of exp, floor, add-k, none, got add',
    ],
    [
      ['a'],
      [['b']],
      { smoothValue: 1 },
      'smoothValue: expected smoothMethod floor or add-k with it, got exp',
    ],
    [
      ['a'],
      [['b']],
      { smoothMethod: 'floor', smoothValue: -1 },
      'smoothValue: expected a number of at least 0, got -1',
    ],
    [
      ['a'],
      [['b']],
      { maxNgramOrder: 0 },
      'maxNgramOrder: expected an integer of at least 1, got 0',
    ],
  ])('refuses %j against %j with %j', (hypotheses, references, options, message) => {
    expect(() => corpusBleu(hypotheses, references, options)).toThrow(message);
  });
});

describe('sentenceBleu', () => {
  const [all, tricky] = [viewPairs(['all', 0, 200, 2]), viewPairs(['tricky', 0, 18, 2])];
  it.each(sentence.map((row, i) => [i, row] as const))("is sacreBLEU's on row %d", (i, row) => {
    const pairs = i < 200 ? all : tricky;
    const at = i < 200 ? i : i - 200;
    const hypothesis = row.hyp ?? pairs.hypotheses[at];
    const references = row.refs ?? pairs.references.map((list) => list[at]);
    const score = (options?: object): number => sentenceBleu(hypothesis, references, options).score;
    expect(score()).toBeCloseTo(row.exp, 6);
    expect(score({ smoothMethod: 'floor' })).toBeCloseTo(row.floor, 6);
    expect(score({ smoothMethod: 'add-k' })).toBeCloseTo(row.addk, 6);
    expect(score({ smoothMethod: 'none' })).toBeCloseTo(row.none, 6);
    expect(sentenceBleu(hypothesis, references.slice(0, 1)).score).toBeCloseTo(row.expOneRef, 6);
  });
});

describe('BLEU_TOKENIZERS', () => {
  it.each(tokenized)("cut $text as sacreBLEU's do", ({ text, ...expected }) => {
    for (const [name, words] of Object.entries(expected)) {
      expect(BLEU_TOKENIZERS[name as BleuTokenizer](text)).toEqual(
        words.split(/\s+/).filter(Boolean),
      );
    }
  });

  it('none splits at the white space of Python', () => {
    expect(BLEU_TOKENIZERS.none('a\x1cb\u0085c\u3000d\ufeffe ')).toEqual([
      'a',
      'b',
      'c',
      'd\ufeffe',
    ]);
  });
});
