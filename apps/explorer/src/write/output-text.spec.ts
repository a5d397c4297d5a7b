import type { PageToken, WrittenToken } from '@ramble/explorer';

import { OutputText, shadeClasses, SHADES, TokenDecoder, tokenTexts } from './output-text.js';

const token = (id: number, text = ` ${id}`): WrittenToken => ({
  ...{ id, text, word: text, probability: 0.5, rank: 1 },
  ...{ entropy: 1, alternatives: [] },
});
const tokensUpTo = (count: number, text?: string) =>
  Array.from({ length: count }, (_, i) => token(i, text));
const drawn = (text: OutputText) =>
  text.blocks.value.flatMap(({ chunks }) => chunks.value.flatMap(({ tokens }) => tokens.value));

describe('OutputText', () => {
  it('draws all tokens in order, however they come', () => {
    const text = new OutputText();
    for (const length of [1, 70, 200]) text.append(tokensUpTo(length));
    expect(text.length.value).toBe(271);
    expect(drawn(text)).toEqual(text.tokens);
    const starts = text.blocks.value.flatMap(({ chunks }) =>
      chunks.value.map(({ start }) => start),
    );
    expect(starts).toEqual([0, 64, 128, 192, 256]);
  });

  it('redraws only the last chunk', () => {
    const text = new OutputText();
    text.append(tokensUpTo(100));
    const [first, last] = text.blocks.value[0]!.chunks.value;
    const before = [first!.tokens.value, last!.tokens.value];
    text.append([token(100)]);
    expect(first!.tokens.value).toBe(before[0]);
    expect(last!.tokens.value).not.toBe(before[1]);
  });

  it('ends a block after a line break, so that no other line is broken', () => {
    const text = new OutputText();
    text.append([...tokensUpTo(600), token(1, '.\n'), ...tokensUpTo(3)]);
    expect(text.blocks.value.map(({ start }) => start)).toEqual([0, 601]);
    expect(drawn(text)).toEqual(text.tokens);
  });

  it('ends a block in a line that is too long', () => {
    const text = new OutputText();
    text.append(tokensUpTo(3000));
    expect(text.blocks.value.map(({ start }) => start)).toEqual([0, 2048]);
  });

  it('shows a character at the last of its tokens, also after another token was chosen', () => {
    const part = (...bytes: number[]): WrittenToken => ({ ...token(1, ''), bytes });
    const text = new OutputText();
    text.append([token(0, 'a'), part(0xf0, 0x9f)]);
    text.append([part(0x90), part(0x8b)]);
    const shown = () => drawn(text).map((each) => each.text);
    expect(shown()).toEqual(['a', '', '', '🐋']);
    text.truncate(3);
    text.append([part(0xb3), token(2, '!')]);
    expect(shown()).toEqual(['a', '', '', '🐳', '!']);
    expect(text.string).toBe('a🐳!');
  });

  it('keeps the first tokens alone', () => {
    const text = new OutputText();
    text.append(tokensUpTo(700, '\n'));
    const [first] = text.blocks.value;
    const [, second] = text.blocks.value[1]!.chunks.value;
    for (const length of [300, 256, 193, 192, 65, 0]) {
      text.truncate(length);
      expect([text.length.value, text.tokens.length]).toEqual([length, length]);
      expect(drawn(text)).toEqual(tokensUpTo(length, '\n'));
      if (length === 193) expect(text.blocks.value[1]!.chunks.value[1]).toBe(second);
      if (length > 0) expect(text.blocks.value[0]).toBe(first);
    }
    text.append(tokensUpTo(2));
    expect(drawn(text)).toEqual(tokensUpTo(2));
  });
});

it('shades a token by its surprise and by the entropy in its place, both in bits', () => {
  const classesOf = (probability: number, entropy: number) =>
    shadeClasses({ id: 0, word: 'a', text: 'a', rank: 1, alternatives: [], probability, entropy });
  expect(classesOf(1, 0)).toBe('token p0 e0');
  expect(classesOf(0.5, 0.25)).toBe('token p2 e1');
  expect(classesOf(2 ** -6, 4)).toBe('token p5 e5');
  expect(classesOf(0, 20)).toBe(`token p${SHADES - 1} e${SHADES - 1}`);
});

/** A token of these bytes, as the server describes one that is part of a character. */
const part = (...bytes: number[]): PageToken => ({ id: 0, word: '', text: '', bytes });
const whole = (text: string): PageToken => ({ id: 1, word: JSON.stringify(text), text });

describe('tokenTexts', () => {
  it('gives a character to the token that completes it', () => {
    // 🐋 in three tokens, the first with the blank before it
    const whale = [part(0x20, 0xf0, 0x9f), part(0x90), part(0x8b)];
    expect(tokenTexts([whole('a'), ...whale, whole(' b')])).toEqual(['a', ' ', '', '🐋', ' b']);
  });

  it('puts characters together that lie within the same tokens', () => {
    expect(tokenTexts([part(0xc3), part(0xa9, 0xc3), part(0xbc)])).toEqual(['', 'é', 'ü']);
  });

  it('has U+FFFD for bytes that are no character, before the text after them', () => {
    expect(tokenTexts([part(0xf0, 0x9f), whole(' b')])).toEqual(['', '\uFFFD b']);
    expect(tokenTexts([part(0x90), whole('b')])).toEqual(['\uFFFD', 'b']);
  });
});

describe('TokenDecoder', () => {
  it('restarts within a character', () => {
    const decoder = new TokenDecoder();
    decoder.push(part(0xe2));
    decoder.restart([whole('a'), part(0xf0, 0x9f), part(0x90)]);
    expect(decoder.push(part(0x8b))).toBe('🐋');
    decoder.restart([]);
    expect(decoder.push(whole('b'))).toBe('b');
  });
});
