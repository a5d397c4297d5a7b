import { unquoted } from './shown-text.js';

describe('unquoted', () => {
  it.each([' the', '\n', '"', '\\', '\\u{e0001}', 'é', '', '"a" or "b"'])(
    'returns the text of a token that is text: %j',
    (text) => {
      expect(unquoted(JSON.stringify(text))).toBe(text);
    },
  );

  it('decodes escapes of characters beyond 16 bits', () => {
    expect(unquoted('"\\u{e0001}a"')).toBe('\u{e0001}a');
    expect(unquoted('"\\\\\\u{e0001}"')).toBe('\\\u{e0001}');
  });

  it('leaves names, bytes and other descriptions unchanged', () => {
    const others = ['<|endoftext|>', '0xE2 0x80', 'note on C4', '"', '"a" or "b"'];
    expect(others.map(unquoted)).toEqual(others);
  });
});
