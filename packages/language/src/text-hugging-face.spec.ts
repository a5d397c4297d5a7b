import type { Files } from '@ramble/core';
import {
  byteTokenizer,
  gpt2Tokenizer,
  type Tokenizer,
  trainBpe,
  trainCharacters,
} from '@ramble/tokenizers';

import { textFactory } from './text-factory.js';
import { textHuggingFace } from './hugging-face.js';

const TEXT = 'the whale and the sea and the whale '.repeat(20);

/** Options that a run records for the tokenizer of these files. */
async function options(files: Files, vocabSize: number): Promise<unknown> {
  return (await textHuggingFace.read(files, vocabSize)).options;
}

describe('the options of an imported tokenizer', () => {
  it.each<[string, () => Tokenizer | Promise<Tokenizer>, object]>([
    ['byte pairs without merges', byteTokenizer, { tokenizer: 'bpe', bpeVocabSize: 257 }],
    ['characters', () => trainCharacters(TEXT), { tokenizer: 'char', bpeVocabSize: 1024 }],
    ["GPT-2's", gpt2Tokenizer, { tokenizer: 'gpt2', bpeVocabSize: 1024 }],
    [
      'byte pairs',
      () => trainBpe(TEXT, { vocabSize: 260 }),
      { tokenizer: 'bpe', bpeVocabSize: 260 },
    ],
  ])('are those that make its kind: %s', async (_, make, expected) => {
    const tokenizer = await make();
    const files = tokenizer.toHuggingFace(8);
    expect(await options(files, tokenizer.vocabSize)).toEqual({ ...expected, unknown: 'error' });
  });

  it('name the file if no option makes the tokenizer, and the run keeps that file', async () => {
    const vocab = { call: 0, me: 1, '<|endoftext|>': 2, '?': 3 };
    const file = JSON.stringify({
      added_tokens: [{ id: 2, content: '<|endoftext|>', special: true }],
      pre_tokenizer: { type: 'Whitespace' },
      model: { type: 'WordLevel', vocab, unk_token: '?' },
    });
    const { domain, options: recorded } = await textHuggingFace.read({ 'tokenizer.json': file }, 4);
    expect(recorded).toEqual({ tokenizer: 'tokenizer.json' });
    const loaded = await textFactory.load(textFactory.save(domain));
    expect(Array.from(loaded.encodePrompt('me call').tokens)).toEqual([1, 0]);
  });
});
