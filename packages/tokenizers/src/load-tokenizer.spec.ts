import { byteTokenizer } from './byte-pair-tokenizers.js';
import { loadTokenizer } from './load-tokenizer.js';
import { trainCharacters } from './character-tokenizer.js';
import { spacedText } from './write-hugging-face.js';

const load = (file: unknown): Promise<unknown> =>
  loadTokenizer({ 'tokenizer.json': typeof file === 'string' ? file : JSON.stringify(file) });

describe('loadTokenizer', () => {
  it('keeps the treatment of unknown characters', async () => {
    const replacing = await trainCharacters('ab', { unknown: 'replace' });
    expect(Array.from((await loadTokenizer(replacing.save())).encode('aé'))).toEqual([0, 2]);
    const strict = await loadTokenizer((await trainCharacters('ab')).save());
    expect(() => strict.encode('é')).toThrow('got "é" (U+00E9) at offset 0 (1:1)');
  });

  it('does not look at other files', async () => {
    const files = { ...(await trainCharacters('ab')).save(), 'settings.json': 'not JSON' };
    expect((await loadTokenizer(files)).vocabSize).toBe(3);
  });

  it('requires tokenizer.json', async () => {
    await expect(loadTokenizer({ 'vocab.json': '{}' })).rejects.toThrow(
      new RangeError('tokenizer.json: expected this file, got none'),
    );
  });

  const specialTokens = ['<|endoftext|>'];
  const characters = { kind: 'characters', unknown: 'error', characters: 'ab', specialTokens };
  it.each<[string, unknown, string]>([
    ['no JSON', 'kind: bytes', 'JSON, got "kind: bytes"'],
    ['a list', [], 'an object, got []'],
    ['no kind', {}, 'kind to be "bytes" or "characters" or "gpt2", got nothing'],
    [
      'an unknown kind',
      { kind: 'words' },
      'kind to be "bytes" or "characters" or "gpt2", got "words"',
    ],
    ['no special tokens', { kind: 'bytes' }, 'specialTokens to be an array, got nothing'],
    [
      'special tokens without <|endoftext|>',
      { kind: 'gpt2', specialTokens: ['<2fr>'] },
      'specialTokens to be a list that contains <|endoftext|>, got ["<2fr>"]',
    ],
    [
      'a special token twice',
      { kind: 'bytes', specialTokens: ['<|endoftext|>', '<a>', '<a>'] },
      'specialTokens[2] to be a name that no other token has, got "<a>"',
    ],
    [
      'a nameless special token',
      { kind: 'bytes', specialTokens: ['<|endoftext|>', ''] },
      'specialTokens[1] to be a name that no other token has, got ""',
    ],
    [
      'characters out of order',
      { ...characters, characters: 'ba' },
      'characters to be characters in ascending order, each once, got "ba"',
    ],
    [
      'no characters',
      { ...characters, characters: '' },
      'characters to be characters in ascending order, each once, got ""',
    ],
    [
      'nothing to replace by',
      { ...characters, unknown: 'replace' },
      'characters to be characters with U+FFFD, which stands for unknown ones, got "ab"',
    ],
    [
      'an unknown way with the unknown',
      { ...characters, unknown: 'skip' },
      'unknown to be "error" or "replace", got "skip"',
    ],
  ])('refuses %s', async (_, file, message) => {
    await expect(load(file)).rejects.toMatchObject({
      name: 'RangeError',
      message: `tokenizer.json: expected ${message}`,
    });
  });
});

describe('byteTokenizer', () => {
  it('has an id for every byte of UTF-8, then the special tokens', () => {
    const tokenizer = byteTokenizer({ specialTokens: ['<2fr>'] });
    expect(tokenizer.vocabSize).toBe(258);
    expect(tokenizer.endOfText).toBe(256);
    expect(Array.from(tokenizer.encode('aé'))).toEqual([0x61, 0xc3, 0xa9]);
    expect(Array.from(tokenizer.encode('a<2fr>é', { allowSpecial: true }))).toEqual([
      0x61, 257, 0xc3, 0xa9,
    ]);
  });

  it('describes a byte that is no character in hexadecimal', () => {
    const tokenizer = byteTokenizer();
    expect([0x61, 0x0a, 0xc3, 256].map((id) => tokenizer.describe(id))).toEqual([
      '"a"',
      String.raw`"\n"`,
      '0xC3',
      '<|endoftext|>',
    ]);
  });
});

describe('spacedText', () => {
  const { encode, decode } = spacedText(byteTokenizer({ specialTokens: ['<2fr>'] }));
  const [END, TO_FR] = [256, 257];

  it('puts a space in front of a text, and takes one away', () => {
    expect(Array.from(encode('ab'))).toEqual([0x20, 0x61, 0x62]);
    expect(decode([0x20, 0x20, 0x61])).toBe(' a');
    expect(decode([0x61])).toBe('a');
  });

  it('leaves special tokens out, and takes their names for text like any other', () => {
    expect(decode([TO_FR, 0x20, 0x61, END, 0x62])).toBe('ab');
    expect(decode(Array.from(encode('<2fr>')))).toBe('<2fr>');
  });
});
