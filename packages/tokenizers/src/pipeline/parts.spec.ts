import { readFileSync } from 'node:fs';

import { JsonField } from '../json-field.js';
import { WorkBudget } from '../work-budget.js';
import { readNormalizer } from './read-normalizer.js';
import { readPreTokenizer } from './read-pre-tokenizer.js';
import { readScoredVocab, readUnigramModel } from './read-unigram-model.js';

interface Parts {
  readonly normalizers: readonly {
    readonly normalizer: object;
    readonly cases: readonly (readonly [text: string, normalized: string])[];
  }[];
  readonly unigrams: readonly {
    readonly vocab: readonly (readonly [token: string, score: number])[];
    readonly cases: readonly (readonly [word: string, ids: readonly number[]])[];
  }[];
  readonly splitTexts: readonly string[];
  readonly splits: readonly {
    readonly expression: string;
    /** The words of each text; null where Oniguruma refuses the expression. */
    readonly words: readonly (readonly string[])[] | null;
  }[];
}

// What tokenizers 0.23.3 for Python makes of them: fixtures/pipelines/make_parts.py.
const parts = JSON.parse(
  readFileSync(new URL('../../fixtures/pipelines/parts.json', import.meta.url), 'utf8'),
) as Parts;
const field = (json: unknown): JsonField => JsonField.of('tokenizer.json', json);

describe('parts of a tokenizer.json, as tokenizers 0.23.3 for Python runs them', () => {
  it.each(parts.normalizers)('normalizes by $normalizer', ({ normalizer, cases }) => {
    const normalize = readNormalizer(field(normalizer));
    const found = cases.map(([text]) => [
      text,
      normalize(text, { continues: false, budget: new WorkBudget(text.length) }),
    ]);
    expect(found).toEqual(cases);
  });

  it('finds the same path as Hugging Face if several paths of a unigram model score the same', () => {
    for (const { vocab, cases } of parts.unigrams) {
      const model = field({ type: 'Unigram', unk_id: 0, vocab });
      const encode = readUnigramModel(model, readScoredVocab(model.field('vocab')), new Set());
      const found = cases.map(([word]) => [word, encode(word, new WorkBudget(word.length))]);
      expect({ vocab, found }).toEqual({ vocab, found: cases });
    }
  });

  it.each(parts.splits)('splits by $expression', ({ expression, words }) => {
    const split = { type: 'Split', pattern: { Regex: expression }, behavior: 'Isolated' };
    const { cut } = readPreTokenizer(field({ ...split, invert: false }));
    const found = parts.splitTexts.map((text) =>
      cut(text, { isFirst: true, continues: false, budget: new WorkBudget(text.length) }),
    );
    expect(found).toEqual(words);
  });
});
