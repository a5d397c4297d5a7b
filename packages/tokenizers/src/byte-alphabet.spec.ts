import { byteAlphabet, readSpelledBytes, spellBytes } from './byte-pair-encoder.js';

describe('byteAlphabet', () => {
  it('has a different character for every byte, the same as GPT-2', () => {
    expect(new Set(byteAlphabet).size).toBe(256);
    const standIns = [0x00, 0x0a, 0x20, 0x21, 0x7e, 0x7f, 0xa0, 0xa1, 0xad, 0xff];
    expect(standIns.map((byte) => byteAlphabet[byte]).join('')).toBe('ĀĊĠ!~ġł¡Ńÿ');
  });
});

describe('readSpelledBytes', () => {
  it('inverts spellBytes', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect(readSpelledBytes(spellBytes(bytes))).toEqual(bytes);
    expect(spellBytes(new TextEncoder().encode(' é'))).toBe('ĠÃ©');
  });

  it('returns undefined for characters outside the alphabet', () => {
    expect(readSpelledBytes('a b')).toBeUndefined();
    expect(readSpelledBytes('日')).toBeUndefined();
  });
});
