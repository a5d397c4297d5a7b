import type { Files } from '@ramble/core';
import {
  byteTokenizer,
  gpt2Tokenizer,
  type Tokenizer,
  trainBpe,
  trainCharacters,
} from '@ramble/tokenizers';

import type { textDomain } from './text-domain.js';
import { textFactory } from './text-factory.js';
import { textHuggingFace } from './hugging-face.js';

const tokenizer = byteTokenizer({ specialTokens: ['<|im_start|>', '<|im_end|>'] });
const [START, END] = [257, 258];
const TEMPLATE = '{{ bos_token }}{{ messages[0].content }}';
const VOCABULARY = tokenizer.toHuggingFace(64);
const json = (value: unknown): string => JSON.stringify(value);

/** The domain of a folder with these files, and the files that its run keeps. */
async function read(
  files: Files,
): Promise<{ domain: ReturnType<typeof textDomain>; saved: Files }> {
  const all = { 'tokenizer.json': VOCABULARY['tokenizer.json'], ...files };
  const { domain } = await textHuggingFace.read(all, tokenizer.vocabSize);
  return { domain, saved: textFactory.save(domain) };
}

describe('the chat template of a Hugging Face folder', () => {
  const config = {
    bos_token: '<|im_start|>',
    eos_token: { content: '<|im_end|>', lstrip: false },
    pad_token: null,
    chat_template: TEMPLATE,
  };
  const expected = {
    source: TEMPLATE,
    specialTokens: { bos_token: '<|im_start|>', eos_token: '<|im_end|>' },
  };

  it('is kept by a run and written again, with the tokens that it names', async () => {
    const { domain, saved } = await read({ 'tokenizer_config.json': json(config) });
    expect(domain.chatTemplate).toEqual(expected);
    expect(domain.stopTokens).toEqual([END, tokenizer.endOfText]);
    const loaded = await textFactory.load(saved);
    expect(loaded.chatTemplate).toEqual(expected);
    expect(loaded.stopTokens).toEqual(domain.stopTokens);
    expect(loaded.allowSpecialTokens().chatTemplate).toEqual(expected);
    const again = await read(textHuggingFace.write(loaded, 64));
    expect(again.domain.chatTemplate).toMatchObject(expected);
    expect(again.domain.stopTokens).toEqual(domain.stopTokens);
  });

  it('keeps the sampling settings that generation_config.json recommends', async () => {
    const generation = {
      eos_token_id: [END, tokenizer.endOfText],
      do_sample: true,
      temperature: 0.6,
      top_k: 20,
      top_p: 0.95,
    };
    const { domain, saved } = await read({
      'tokenizer_config.json': json(config),
      'generation_config.json': json(generation),
    });
    const sampling = { temperature: 0.6, topK: 20, topP: 0.95 };
    expect(domain.chatTemplate).toEqual({ ...expected, sampling });
    const loaded = await textFactory.load(saved);
    expect(loaded.chatTemplate).toEqual({ ...expected, sampling });
    const written = textHuggingFace.write(loaded, 64);
    expect(JSON.parse(written['generation_config.json'])).toMatchObject(generation);
    const greedy = { ...generation, do_sample: false };
    const without = await read({
      'tokenizer_config.json': json(config),
      'generation_config.json': json(greedy),
    });
    expect(without.domain.chatTemplate).toEqual(expected);
    const wrong = json({ ...generation, top_p: 2 });
    await expect(
      read({ 'tokenizer_config.json': json(config), 'generation_config.json': wrong }),
    ).rejects.toThrow(
      'generation_config.json: topP: expected a number above 0 and at most 1, got 2',
    );
    await expect(
      textFactory.load({ ...saved, 'text.json': saved['text.json'].replace('0.95', '95') }),
    ).rejects.toThrow('text.json: sampling: topP: expected a number above 0 and at most 1, got 95');
  });

  it('is the template named default in a list, or the one in chat_template.jinja', async () => {
    const several = [
      { name: 'tool_use', template: 'other' },
      { name: 'default', template: TEMPLATE },
    ];
    const files = { 'tokenizer_config.json': json({ ...config, chat_template: several }) };
    expect((await read(files)).domain.chatTemplate?.source).toBe(TEMPLATE);
    const both = await read({ ...files, 'chat_template.jinja': 'newer' });
    expect(both.domain.chatTemplate?.source).toBe('newer');
  });

  it('is undefined in a folder without one, and the run has no file for it', async () => {
    const { domain, saved } = await read({});
    expect(domain.chatTemplate).toBeUndefined();
    expect(Object.keys(saved).sort()).toEqual(['text.json', 'tokenizer.json']);
    expect(JSON.parse(saved['text.json'])).toEqual({ start: [tokenizer.endOfText] });
  });
});

describe('the ends of outputs', () => {
  it.each([
    [END, [END, 256]],
    [
      [START, END, 256],
      [START, END, 256],
    ],
    [null, [256]],
  ])('are read from generation_config.json: %j', async (eos_token_id, stopTokens) => {
    const { domain, saved } = await read({
      'tokenizer_config.json': json({ eos_token: '<|im_start|>' }),
      'generation_config.json': json({ eos_token_id }),
    });
    expect(domain.stopTokens).toEqual(stopTokens);
    expect((await textFactory.load(saved)).stopTokens).toEqual(stopTokens);
  });
});

describe('files that no folder should contain', () => {
  it.each([
    [
      { 'generation_config.json': json({ eos_token_id: [1, 259] }) },
      'generation_config.json: eos_token_id: expected ids below 259, got [1,259]',
    ],
    [
      { 'tokenizer_config.json': '{"bos_token"' },
      'tokenizer_config.json: expected JSON, got "{\\"bos_token\\""',
    ],
    [
      { 'tokenizer_config.json': json({ eos_token: 3 }) },
      'tokenizer_config.json: eos_token: expected a text, got 3',
    ],
    [
      { 'tokenizer_config.json': json({ chat_template: [{ name: 'rag', template: '' }] }) },
      'tokenizer_config.json: chat_template: expected a text, or a list with a template of the name default, got [{"name":"rag","template":""}]',
    ],
    [
      { 'chat_template.jinja': 'x'.repeat(2 ** 20 + 1) },
      'chat_template.jinja: expected at most 1048576 characters, got 1048577',
    ],
  ])('is named: %#', async (files, message) => {
    await expect(read(files as Files)).rejects.toHaveProperty('message', message);
  });
});

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
