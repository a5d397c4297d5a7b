import { checkSettings, fingerprint } from '@ramble/core';
import { MAX_VOCAB_SIZE } from '@ramble/tokenizers';

import type { TextDomain, TextExample } from './text-domain.js';
import { TEXT_OPTIONS, type TextOptions } from './options.js';
import { textFactory } from './text-factory.js';

const OPTIONS: TextOptions = { tokenizer: 'char', bpeVocabSize: 270, unknown: 'error' };

/** A domain of documents, each in parts of three characters, as files come in pieces. */
async function fit(
  documents: readonly string[],
  options: Partial<TextOptions> = {},
): Promise<TextDomain> {
  async function* examples(): AsyncGenerator<TextExample> {
    for (const document of documents) {
      for (let at = 0; at < document.length; at += 3) {
        const text = document.slice(at, at + 3);
        yield await Promise.resolve({ text, endsDocument: at + 3 >= document.length });
      }
    }
  }
  return textFactory.fit(examples(), { ...OPTIONS, ...options });
}
const TEXT = 'the whale,\nthe sea\n';

describe('textFactory', () => {
  it('offers vocabularies of any size that a tokenizer may have', () => {
    expect(TEXT_OPTIONS.bpeVocabSize).toMatchObject({ max: MAX_VOCAB_SIZE });
  });

  it.each([
    ['char', 11],
    ['bytes', 257],
    ['bpe', 262],
    ['gpt2', 50_257],
  ] as const)('makes, saves and loads %s', async (tokenizer, vocabSize) => {
    const domain = await fit([TEXT], { tokenizer, bpeVocabSize: 262 });
    expect(domain.vocabulary.size).toBe(vocabSize);
    const files = textFactory.save(domain);
    const loaded = await textFactory.load(files);
    expect(textFactory.save(loaded)).toEqual(files);
    const { tokens } = loaded.encodePrompt(TEXT);
    expect(tokens).toEqual(domain.encodePrompt(TEXT).tokens);
    expect(loaded.decodeOutput(Array.from(tokens))).toBe(TEXT);
  });

  it('starts at a line of a single document, in which nothing follows an end', async () => {
    const domain = await fit([TEXT]);
    expect(domain.decodeOutput(Array.from(domain.encodePrompt('').tokens))).toBe('\n');
  });

  it('starts after a document if the data has several, or no lines', async () => {
    for (const documents of [[TEXT, TEXT], ['the whale']]) {
      const domain = await fit(documents);
      expect(domain.encodePrompt('').tokens).toEqual(domain.stopTokens);
    }
  });

  it('reads unknown characters as U+FFFD with unknown: replace', async () => {
    const domain = await fit([TEXT], { unknown: 'replace' });
    const { tokens } = domain.encodePrompt('thé');
    expect(domain.decodeOutput(Array.from(tokens))).toBe('th\uFFFD');
  });

  it('saves domains differently that start differently', async () => {
    const [one, two] = [await fit([TEXT]), await fit([TEXT, TEXT])];
    expect(fingerprint(textFactory.save(one))).not.toBe(fingerprint(textFactory.save(two)));
  });

  it('has nothing to learn from nothing', async () => {
    await expect(fit([])).rejects.toThrow(new RangeError('texts: expected some text, got none'));
    expect((await fit([], { tokenizer: 'gpt2' })).vocabulary.size).toBe(50_257);
  });
});

describe('textFactory.load, given unreadable files,', () => {
  const file = (text: string): Record<string, string> => ({ 'text.json': text });
  it.each([
    ['broken JSON', file('{"start"'), 'broken JSON'],
    ['another value', file('null'), 'null'],
    ['no start', file('{"begin":[1]}'), '{"begin":[1]}'],
    ['an empty start', file('{"start":[]}'), '{"start":[]}'],
    ['a start that is no id', file('{"start":[257]}'), '{"start":[257]}'],
    ['a start that is a text', file('{"start":"1"}'), '{"start":"1"}'],
  ])('reports what a saved domain should contain: %s', async (_, files, got) => {
    const saved = textFactory.save(await fit([TEXT], { tokenizer: 'bytes' }));
    const { 'tokenizer.json': tokenizer } = saved;
    await expect(
      textFactory.load({ 'tokenizer.json': tokenizer, ...files }),
    ).rejects.toHaveProperty(
      'message',
      `text.json: expected { "start": [ids below 257] }, got ${got}`,
    );
  });

  it('names the settings that are missing', async () => {
    const saved = textFactory.save(await fit([TEXT], { tokenizer: 'bytes' }));
    await expect(
      textFactory.load({ 'tokenizer.json': saved['tokenizer.json'] }),
    ).rejects.toHaveProperty('message', 'text.json: expected settings, got no such file');
  });

  it('names the tokenizer that is missing', async () => {
    await expect(textFactory.load(file('{"start":[0]}'))).rejects.toThrow(
      new RangeError('tokenizer.json: expected this file, got none'),
    );
  });
});

describe('TEXT_OPTIONS', () => {
  it('refuses a vocabulary beyond all use', () => {
    expect(() => checkSettings(TEXT_OPTIONS, { bpeVocabSize: 1e9 })).toThrow(
      new RangeError(
        'bpeVocabSize: expected an integer of at least 257 and at most 1048576, got 1000000000',
      ),
    );
  });
});
