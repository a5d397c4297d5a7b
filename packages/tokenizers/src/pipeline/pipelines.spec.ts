import { readFileSync } from 'node:fs';

import { loadTokenizer } from '../load-tokenizer.js';
import { type Tokenizer } from '../tokenizer.js';
import { readTokenizer } from './read-tokenizer.js';

interface Cases {
  readonly vocabSize: number;
  readonly cases: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly idsWithSpecial: readonly number[];
    readonly decoded: string;
    readonly decodedSkipping: string;
  }[];
  readonly decodes: readonly { readonly ids: readonly number[]; readonly decoded: string }[];
}

const read = (name: string): string =>
  readFileSync(new URL(`../../fixtures/pipelines/${name}.json`, import.meta.url), 'utf8');
const streamed = (tokenizer: Tokenizer, ids: readonly number[]): string => {
  const decoder = tokenizer.streamDecoder();
  return ids.map((id) => decoder.push(id)).join('') + decoder.end();
};

describe.each(['smollm', 'llama3', 'qwen', 'llama2', 'gemma'])(
  'the tokenizer.json of %s, as tokenizers 0.23.3 for Python runs it',
  (name) => {
    const tokenizer = readTokenizer(JSON.parse(read(`${name}/tokenizer`)));
    const { vocabSize, cases, decodes } = JSON.parse(read(`${name}/cases`)) as Cases;
    const isSpecial = new Set(tokenizer.specialTokens.values());

    it('has as many tokens', () => {
      expect(tokenizer.vocabSize).toBe(vocabSize);
    });

    it('gives the same ids, with and without those around a text', () => {
      for (const { text, ids, idsWithSpecial } of cases) {
        const found = tokenizer.encode(text, { allowSpecial: true });
        const framed = [...tokenizer.beginning, ...found, ...tokenizer.ending];
        expect({ text, ids: [...found], framed }).toEqual({ text, ids, framed: idsWithSpecial });
      }
    });

    it('decodes to the same text, all at once and one by one', () => {
      const all = [...cases.map(({ ids, decoded }) => ({ ids, decoded })), ...decodes];
      for (const { ids, decoded } of all) {
        const text = tokenizer.decode(ids);
        expect({ ids, text, streamed: streamed(tokenizer, ids) }).toEqual({
          ids,
          text: decoded,
          streamed: decoded,
        });
      }
    });

    it('decodes to the same text without special tokens', () => {
      for (const { idsWithSpecial, decodedSkipping } of cases) {
        const ids = idsWithSpecial.filter((id) => !isSpecial.has(id));
        expect(tokenizer.decode(ids)).toBe(decodedSkipping);
      }
    });

    it('gives the bytes of tokens, which joined are the text', () => {
      for (const { ids: all } of cases) {
        const ids = all.filter((id) => !isSpecial.has(id));
        const bytes = ids.flatMap((id) => [...(tokenizer.bytes(id) ?? [])]);
        const text = tokenizer.decode(ids, { continues: true });
        expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))).toBe(
          text,
        );
      }
      for (const id of isSpecial) expect(tokenizer.bytes(id)).toBeUndefined();
    });

    it('is the same tokenizer after it was saved and loaded', async () => {
      const again = await loadTokenizer(tokenizer.save());
      expect(again.save()).toEqual(tokenizer.save());
      expect([...again.specialTokens]).toEqual([...tokenizer.specialTokens]);
      for (const { text, ids } of cases) {
        expect([...again.encode(text, { allowSpecial: true })]).toEqual(ids);
      }
    });
  },
);
