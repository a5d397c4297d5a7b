import { readFileSync } from 'node:fs';

import { byteTokenizer, gpt2Tokenizer } from './byte-pair-tokenizers.js';
import { trainCharacters } from './character-tokenizer.js';
import { huggingFaceTokenizer, loadTokenizer } from './load-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';
import { trainBpe } from './train-bpe.js';

type Files = Readonly<Record<string, string>>;
const text = readFileSync(new URL('../fixtures/train.txt', import.meta.url), 'utf8');
const characters = await trainCharacters(text);
const replacing = await trainCharacters(text, { unknown: 'replace' });
const gpt2 = await gpt2Tokenizer();
const bpe = await trainBpe(text, { vocabSize: 300, specialTokens: ['<2fr>'] });
const parts = (files: Files): Files => ({
  'vocab.json': files['vocab.json'],
  'merges.txt': files['merges.txt'],
});
const change = (file: string, edit: (json: Record<string, unknown>) => void): string => {
  const json = JSON.parse(file) as Record<string, unknown>; // a tokenizer.json is an object
  edit(json);
  return JSON.stringify(json);
};

const ORDINARY = { id: 0, content: 'ab', special: false };

describe('huggingFaceTokenizer', () => {
  it.each<[string, Tokenizer]>([
    ['bytes', byteTokenizer()],
    ['characters', replacing],
    ['characters that are all known', characters],
    ['gpt2', gpt2],
    ['bpe', bpe],
  ])('reads what toHuggingFace wrote: %s', async (_, tokenizer) => {
    const read = await huggingFaceTokenizer(tokenizer.toHuggingFace(8), tokenizer.vocabSize);
    expect(read.vocabSize).toBe(tokenizer.vocabSize);
    expect(read.specialTokens).toEqual(tokenizer.specialTokens);
    const ids = tokenizer.encode(text.slice(0, 2000));
    expect(read.encode(text.slice(0, 2000))).toEqual(ids);
    expect(read.decode(ids)).toBe(text.slice(0, 2000));
    expect(read.toHuggingFace(8)).toEqual(tokenizer.toHuggingFace(8));
  });

  it('reads vocab.json and merges.txt if tokenizer.json is missing', async () => {
    const read = await huggingFaceTokenizer(parts(gpt2.toHuggingFace(8)), 50_257);
    expect(read.kind).toBe('gpt2');
    const own = await huggingFaceTokenizer(
      { ...parts(bpe.toHuggingFace(8)), 'added_tokens.json': '{"<2fr>":1}' },
      300,
    );
    expect(own.specialTokens).toEqual(bpe.specialTokens);
    expect(own.encode(text)).toEqual(bpe.encode(text));
  });

  it("takes GPT-2's own for 50,257 tokens without files, and no other", async () => {
    expect((await huggingFaceTokenizer({}, 50_257)).kind).toBe('gpt2');
    await expect(huggingFaceTokenizer({}, 31)).rejects.toThrow(
      new RangeError(
        'tokenizer.json: expected the tokenizer of a model with 31 tokens, or vocab.json and merges.txt, got none',
      ),
    );
  });

  it('names the ids that a padded model has too many', async () => {
    const read = await huggingFaceTokenizer(gpt2.toHuggingFace(8), 50_304);
    expect([read.kind, read.vocabSize, read.describe(50_303)]).toEqual([
      'gpt2',
      50_304,
      '<|unused-50303|>',
    ]);
    const own = await huggingFaceTokenizer(bpe.toHuggingFace(8), 301);
    expect([own.kind, own.vocabSize, own.describe(300)]).toEqual(['bpe', 301, '<|unused-300|>']);
  });

  it('refuses a tokenizer with more ids than the model, and characters with fewer', async () => {
    await expect(huggingFaceTokenizer(bpe.toHuggingFace(8), 299)).rejects.toThrow(
      /^tokenizer\.json: expected model to be a vocabulary of 299 tokens, the size of the model's, instead of 300, got \{/,
    );
    const few = await trainCharacters('abc');
    await expect(huggingFaceTokenizer(few.toHuggingFace(8), 9)).rejects.toThrow(
      /^tokenizer\.json: expected model to be a vocabulary of 9 tokens, the size of the model's, instead of 4, got \{/,
    );
  });

  it.each<[string, (json: Record<string, unknown>) => void, RegExp]>([
    [
      'words of several characters',
      (json) => (json.model = { type: 'WordLevel', vocab: { ab: 0, '<|endoftext|>': 1 } }),
      /model\.vocab to be single characters in ascending order/,
    ],
    [
      'ids with a hole',
      (json) => (json.model = { type: 'WordLevel', vocab: { a: 0, b: 2, '<|endoftext|>': 3 } }),
      /model\.vocab\.b to be 1, the next id without a gap, got 2/,
    ],
    [
      'an added token that is not special',
      (json) => (json.added_tokens as { special: boolean }[]).push({ ...ORDINARY }),
      /added_tokens\[1\] to be a special token without options, got \{"id":0,"content":"ab"/,
    ],
  ])('refuses %s', async (_, edit, message) => {
    const [files, size] = [(await trainCharacters('ab')).toHuggingFace(8), 3];
    const damaged = change(files['tokenizer.json'], edit);
    await expect(huggingFaceTokenizer({ 'tokenizer.json': damaged }, size)).rejects.toThrow(
      message,
    );
  });

  it('reads words of other kinds too', async () => {
    const written = (await trainCharacters('ab')).toHuggingFace(8);
    const words = change(written['tokenizer.json'], (json) => {
      json.normalizer = { type: 'Lowercase' };
      json.pre_tokenizer = { type: 'Whitespace' };
      json.model = {
        type: 'WordLevel',
        vocab: { ab: 0, ba: 1, '<|endoftext|>': 2, '?': 3 },
        unk_token: '?',
      };
    });
    const tokenizer = await huggingFaceTokenizer({ 'tokenizer.json': words }, 5);
    expect([...tokenizer.encode('AB cab  ba')]).toEqual([0, 3, 1]);
    expect(tokenizer.describe(4)).toBe('<|unused-4|>');
  });
});

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
