import { lengthRatio, novelShare, SCORING } from './inference.js';

const EXAMPLES = [
  { document: 'The cat sat on the mat. It was warm there.', summary: 'a warm cat' },
  { document: 'Rain fell all day. The street was wet.', summary: 'rain all day long' },
];

describe('SCORING', () => {
  it('prompts with the document', () => {
    expect(SCORING.promptOf(EXAMPLES[0])).toEqual({ document: EXAMPLES[0].document });
  });

  it('returns ROUGE in percent, the fractions of novel n-grams, and the length', () => {
    const scores = SCORING.score(['a warm cat', 'rain'], EXAMPLES);
    expect(scores.map(({ name, score }) => [name, Math.round(score * 100) / 100])).toEqual([
      ['ROUGE-1', 70],
      ['ROUGE-2', 50],
      ['ROUGE-L', 70],
      ['ROUGE-Lsum', 70],
      ['new 1-grams', 25],
      ['new 2-grams', 100],
      ['new 3-grams', 100],
      ['length', 0.57],
    ]);
    expect(scores[0].signature).toBe('F1 in percent|nrefs:1|stem:yes|tok:ascii|version:0.1.2');
  });

  it('has extracts as long as summaries are', async () => {
    const baselines = await SCORING.baselines?.(EXAMPLES);
    expect(baselines?.map(({ name, outputs }) => [name, outputs[1]])).toEqual([
      ['lead words (4)', 'Rain fell all day.'],
      ['lead sentence', 'Rain fell all day.'],
      ['lead sentences (4)', 'Rain fell all day.'],
      ['tf-idf sentences (4)', 'Rain fell all day.'],
      ['TextRank sentences (4)', 'Rain fell all day.'],
    ]);
  });

  it('takes the length from the training summaries, if they are given', async () => {
    async function* training(): AsyncGenerator<{ document: string; summary: string }> {
      yield await Promise.resolve({ document: 'x', summary: 'one two' });
    }
    const [lead] = (await SCORING.baselines?.(EXAMPLES, training())) ?? [];
    expect(lead).toEqual({ name: 'lead words (2)', outputs: ['The cat', 'Rain fell'] });
  });
});

describe('novelShare', () => {
  it('counts each occurrence of an n-gram that the document does not have', () => {
    expect(novelShare(['new new cat'], ['the cat'], 1)).toBeCloseTo(2 / 3, 12);
    expect(novelShare(['the cat sat'], ['the cat'], 2)).toBe(1 / 2);
    expect(novelShare(['', 'a'], ['x', 'y'], 3)).toBe(0);
  });
});

describe('lengthRatio', () => {
  it('counts words', () => {
    expect(lengthRatio(['a b', ''], ['a b c', 'd'])).toBe(1 / 2);
  });
});
