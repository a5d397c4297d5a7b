import { describeBytes, detach } from './utf8.js';

const describeText = (text: string): string => describeBytes(new TextEncoder().encode(text));

describe('describeBytes', () => {
  it('quotes text', () => {
    expect(describeText(' the')).toBe('" the"');
    expect(describeText('"')).toBe(String.raw`"\""`);
    expect(describeText('é日😀')).toBe('"é日😀"');
  });

  it('shows invisible characters', () => {
    expect(describeText('\n\t\0')).toBe(String.raw`"\n\t\u0000"`);
    expect(describeText('\u00a0\u200b\ufeff\u2028\u0085')).toBe(
      String.raw`"\u00a0\u200b\ufeff\u2028\u0085"`,
    );
    expect(describeText('\u{e0001}')).toBe(String.raw`"\u{e0001}"`);
  });

  it('shows bytes that are no whole characters in hexadecimal', () => {
    expect(describeBytes(Uint8Array.of(0xc3))).toBe('0xC3');
    expect(describeBytes(Uint8Array.of(0x20, 0xe2, 0x80))).toBe('0x20 0xE2 0x80');
  });
});

describe('detach', () => {
  it('gives the same text, a leading U+FEFF included', () => {
    for (const text of ['', 'whale', '\ufeffé 日本 😀']) expect(detach(text)).toBe(text);
  });

  it('replaces lone surrogates by U+FFFD', () => {
    expect(detach('a\ud83d')).toBe('a\ufffd');
  });
});
