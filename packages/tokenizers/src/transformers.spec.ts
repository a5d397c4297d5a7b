import { readFileSync } from 'node:fs';

import { huggingFaceTokenizer } from './hugging-face-tokenizer.js';
import { loadTokenizer } from './load-tokenizer.js';
import { type Tokenizer } from './tokenizer.js';

const read = (name: string): string =>
  readFileSync(new URL(`../fixtures/transformers/${name}.json`, import.meta.url), 'utf8');
const idsOf = (name: string): { text: string; special: number[]; plain: number[] }[] =>
  JSON.parse(read(`${name}-ids`)) as { text: string; special: number[]; plain: number[] }[];
const load = (name: string): Promise<Tokenizer> => loadTokenizer({ 'tokenizer.json': read(name) });

describe('a tokenizer that transformers 5 saved', () => {
  it.each(['gpt2-class', 'added-tokens', 'characters'])('gives the same ids: %s', async (name) => {
    const tokenizer = await load(name);
    const again = await loadTokenizer({
      'tokenizer.json': tokenizer.toHuggingFace(8)['tokenizer.json'],
    });
    for (const { text, special, plain } of idsOf(name)) {
      for (const each of [tokenizer, again]) {
        const ids = { special: [...each.encode(text, { allowSpecial: true })] };
        expect({ text, ...ids, plain: [...each.encode(text)] }).toEqual({ text, special, plain });
      }
    }
  });

  it('is read from a folder for a model of as many tokens', async () => {
    const files = { 'tokenizer.json': read('added-tokens') };
    const tokenizer = await huggingFaceTokenizer(files, 310);
    expect(tokenizer.decode([300, 304, 306, 309])).toBe('whalecafé<sep><|unused-309|>');
    expect([304, 306].map((id) => tokenizer.describe(id))).toEqual(['"café"', '<sep>']);
    expect([...tokenizer.specialTokens.keys()].slice(0, 4)).toEqual([
      '<|endoftext|>',
      '<2fr>',
      '<sep>',
      '<mask>',
    ]);
    expect([...tokenizer.withSpecialTokens(['<new>']).encode('whale<sep>')]).toEqual([
      ...tokenizer.encode('whale<sep>'),
    ]);
  });
});
