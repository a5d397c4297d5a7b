import type { PageToken } from '@ramble/explorer';

import { TokenDecoder, tokenTexts } from './token-texts.js';

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
