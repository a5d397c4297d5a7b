import { readFileSync } from 'node:fs';

import { readTokenizer } from './read-tokenizer.js';

interface Step {
  readonly file: { readonly model: { readonly type: string } };
  readonly cases: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly framed: readonly number[];
    readonly hidden: readonly number[];
    readonly decoded: string;
  }[];
}

const { steps } = JSON.parse(
  readFileSync(new URL('../../fixtures/pipelines/steps.json', import.meta.url), 'utf8'),
) as { readonly steps: Readonly<Record<string, Step>> };

describe.each(Object.entries(steps))(
  'the steps of %s, as tokenizers 0.23.3 for Python runs them',
  (name, { file, cases }) => {
    const endOfText = name === 'bert' ? '[SEP]' : '</s>';
    const tokenizer = readTokenizer(file, { endOfText });

    it('give the same ids, with and without those around a text, and decode to the same text', () => {
      for (const { text, ids, framed, decoded } of cases) {
        const found = [...tokenizer.encode(text, { allowSpecial: true })];
        expect({
          text,
          ids: found,
          framed: [...tokenizer.beginning, ...found, ...tokenizer.ending],
          decoded: tokenizer.decode(ids),
        }).toEqual({ text, ids, framed, decoded });
      }
    });

    it('give the same ids with the names of special tokens as plain text', () => {
      for (const { text, hidden } of cases) {
        const found = [...tokenizer.encode(text)];
        // Hugging Face's unigrams find special tokens in a text all the same.
        const isOurs = file.model.type === 'Unigram' && text.includes('<s>');
        if (!isOurs) expect({ text, ids: found }).toEqual({ text, ids: hidden });
        const special = new Set(tokenizer.specialTokens.values());
        const known = found.filter((id) => tokenizer.describe(id) !== '<unk>' && special.has(id));
        expect({ text, known: name === 'bert' ? [] : known }).toEqual({ text, known: [] });
      }
    });
  },
);
