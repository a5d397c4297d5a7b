import { readFileSync } from 'node:fs';

import fc from 'fast-check';

import { byteTokenizer, gpt2Tokenizer } from './byte-pair-tokenizers.js';
import { trainCharacters } from './character-tokenizer.js';
import { loadTokenizer } from './load-tokenizer.js';
import { isSpecialName, numberSpecialTokens, type Tokenizer } from './tokenizer.js';
import { trainBpe } from './train-bpe.js';

const text = readFileSync(new URL('../fixtures/train.txt', import.meta.url), 'utf8');
const specialTokens = ['<2fr>', '<tldr>'];

const anyText = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom(
      ' the whale',
      "'ll",
      '  \n',
      '\ufeff',
      '😀',
      '<|endoftext|>',
      '<2fr>',
      '\u0085',
    ),
  ),
  { maxLength: 8 },
);

describe.each<[string, Tokenizer]>([
  ['bytes', byteTokenizer({ specialTokens })],
  ['characters', await trainCharacters(text, { specialTokens, unknown: 'replace' })],
  ['gpt2', await gpt2Tokenizer({ specialTokens })],
  ['bpe', await trainBpe(text, { specialTokens, vocabSize: 400 })],
])('the tokenizer of kind %s', (kind, tokenizer) => {
  const anyIds = fc.array(fc.nat(tokenizer.vocabSize - 1));

  it('reports its kind', () => {
    expect(tokenizer.kind).toBe(kind);
  });

  it('decodes every text to itself, except for unknown characters', () => {
    fc.assert(
      fc.property(anyText, (pieces) => {
        const whole = pieces.join('');
        const read =
          kind === 'characters'
            ? Array.from(whole, (c) => (text.includes(c) ? c : '\ufffd')).join('')
            : whole;
        expect(tokenizer.decode(tokenizer.encode(whole))).toBe(read);
      }),
    );
  });

  it('decodes a real text unchanged', () => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('produces special ids only if they are allowed', () => {
    const specials = new Set(tokenizer.specialTokens.values());
    expect(specials.has(tokenizer.endOfText)).toBe(true);
    fc.assert(
      fc.property(anyText, (pieces) => {
        const whole = pieces.join('');
        expect(tokenizer.encode(whole).some((id) => specials.has(id))).toBe(false);
        const allowed = tokenizer.encode(whole, { allowSpecial: true });
        expect(Array.from(allowed).filter((id) => specials.has(id))).toEqual(
          (whole.match(/<\|endoftext\|>|<2fr>/g) ?? []).map((name) =>
            tokenizer.specialTokens.get(name),
          ),
        );
      }),
    );
  });

  it('decodes one id at a time to the same text, never half a character', () => {
    fc.assert(
      fc.property(anyIds, (ids) => {
        const stream = tokenizer.streamDecoder();
        const pieces = [...ids.map((id) => stream.push(id)), stream.end()];
        expect(pieces.join('')).toBe(tokenizer.decode(ids));
        for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });

  it('describes every id on one line', () => {
    const expected = /^(".+"|<[^>]+>|0x[0-9A-F]{2}( 0x[0-9A-F]{2})*)$/u;
    const all = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.describe(id));
    expect(all.filter((description) => !expected.test(description))).toEqual([]);
  });

  it('refuses ids that are not in the vocabulary', () => {
    const { vocabSize } = tokenizer;
    for (const id of [-1, 0.5, NaN, vocabSize]) {
      const error = new RangeError(
        `id: expected a whole number from 0 to ${vocabSize - 1}, got ${id}`,
      );
      expect(() => tokenizer.decode([0, id])).toThrow(error);
      expect(() => tokenizer.describe(id)).toThrow(error);
      expect(() => tokenizer.bytes(id)).toThrow(error);
      expect(() => tokenizer.streamDecoder().push(id)).toThrow(error);
    }
  });

  it('adds special tokens after all ids, and keeps the others', async () => {
    const { vocabSize, specialTokens: before } = tokenizer;
    const more = tokenizer.withSpecialTokens(['<tldr>', '<new>', '<newer>', '<new>']);
    expect([...more.specialTokens]).toEqual([
      ...before,
      ['<new>', vocabSize],
      ['<newer>', vocabSize + 1],
    ]);
    expect([more.kind, more.vocabSize]).toEqual([kind, vocabSize + 2]);
    expect(more.encode('Some whale <new>')).toEqual(tokenizer.encode('Some whale <new>'));
    const loaded = await loadTokenizer(more.save());
    expect(loaded.encode('<newer>', { allowSpecial: true })).toEqual(Int32Array.of(vocabSize + 1));
    expect(tokenizer.specialTokens.has('<new>')).toBe(false);
    expect(() => tokenizer.withSpecialTokens([''])).toThrow(
      new RangeError(
        'specialTokens: expected distinct, non-empty names without lone surrogates, got ""',
      ),
    );
  });

  it('is the same after it was saved and loaded', async () => {
    const files = tokenizer.save();
    const loaded = await loadTokenizer(files);
    expect(loaded.save()).toEqual(files);
    const facts = ({ kind, vocabSize, endOfText, specialTokens }: Tokenizer): unknown => [
      kind,
      vocabSize,
      endOfText,
      [...specialTokens],
    ];
    expect(facts(loaded)).toEqual(facts(tokenizer));
    fc.assert(
      fc.property(anyText, (pieces) => {
        const whole = pieces.join('');
        expect(loaded.encode(whole)).toEqual(tokenizer.encode(whole));
      }),
    );
  });
});

it('shows a character in a stream once its last byte has come', () => {
  const stream = byteTokenizer().streamDecoder();
  const bytes = Array.from(new TextEncoder().encode('é😀'));
  expect(bytes.map((byte) => stream.push(byte))).toEqual(['', 'é', '', '', '', '😀']);
  expect(stream.push(0xc3)).toBe('');
  expect(stream.end()).toBe('\ufffd');
});

it('takes no special token whose name a token of byte pairs spells', async () => {
  const tokenizer = await trainBpe('aha aha', { vocabSize: 259 });
  expect(tokenizer.encode('aha')).toEqual(Int32Array.of(258));
  expect(() => tokenizer.withSpecialTokens(['aha'])).toThrow(
    new RangeError('specialTokens: expected names that are not ordinary tokens, got "aha"'),
  );
});

describe('numberSpecialTokens', () => {
  it('keeps the order given, <|endoftext|> first if it is not named', () => {
    expect([...numberSpecialTokens(['<2fr>'], 7)]).toEqual([
      ['<|endoftext|>', 7],
      ['<2fr>', 8],
    ]);
    expect([...numberSpecialTokens(['<2fr>', '<|endoftext|>', '<2de>'], 7)]).toEqual([
      ['<2fr>', 7],
      ['<|endoftext|>', 8],
      ['<2de>', 9],
    ]);
  });

  it('refuses names that are empty, broken or not the only ones', () => {
    const refuse = (names: string[], got: string): void =>
      expect(() => numberSpecialTokens(names, 0)).toThrow(
        new RangeError(
          `specialTokens: expected distinct, non-empty names without lone surrogates, got ${got}`,
        ),
      );
    refuse([''], '""');
    refuse(['<a>', '<a>'], '"<a>"');
    refuse(['<|endoftext|>', '<|endoftext|>'], '"<|endoftext|>"');
    refuse(['<\ud83d>'], String.raw`"<\ud83d>"`);
  });
});

describe('isSpecialName', () => {
  it('accepts only names of whole characters', () => {
    expect(['<a>', '', '\udc00'].map(isSpecialName)).toEqual([true, false, false]);
  });
});
