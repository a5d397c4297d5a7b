import type { TranslationExample } from '@ramble/translation';

import { SCORING } from './inference.js';

const EXAMPLES: TranslationExample[] = [
  { source: 'a small house on the hill', target: 'une petite maison sur la colline' },
  { source: 'the house is small', target: 'la maison est petite', to: 'fr' },
];

async function* training(): AsyncGenerator<TranslationExample> {
  for (const [source, target] of [
    ['the house', 'la maison'],
    ['the hill', 'la colline'],
    ['a hill', 'une colline'],
  ]) {
    yield await Promise.resolve({ source, target });
  }
}

describe('SCORING', () => {
  it('prompts with the source text and the target language', () => {
    expect(SCORING.promptOf(EXAMPLES[1])).toEqual({ source: 'the house is small', to: 'fr' });
  });

  it('gives BLEU first, then chrF and TER, with their signatures', () => {
    const scores = SCORING.score(
      EXAMPLES.map(({ target }) => target),
      EXAMPLES,
    );
    expect(scores.map(({ name, score }) => [name, Math.round(score * 100) / 100])).toEqual([
      ['BLEU', 100],
      ['chrF2', 100],
      ['TER', 0],
    ]);
    expect(scores[0].signature).toMatch(/^nrefs:1\|case:mixed\|eff:no\|tok:13a\|smooth:exp\|/);
  });

  it('compares with the copied source and a word-by-word translation', async () => {
    const [copy, words] = (await SCORING.baselines?.(EXAMPLES, training())) ?? [];
    expect(copy.outputs).toEqual(EXAMPLES.map(({ source }) => source));
    expect(words.outputs).toEqual(['une small maison on la colline', 'la maison is small']);
    const [alone, ...others] = (await SCORING.baselines?.(EXAMPLES)) ?? [];
    expect([alone.name, others]).toEqual(['copy of the source', []]);
  });
});
