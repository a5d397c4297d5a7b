import { decodeText } from './text.js';

describe('decodeText', () => {
  it('decodes a text unchanged', () => {
    expect(decodeText('prompt', new TextEncoder().encode(' a 🐋\r\n'))).toBe(' a 🐋\r\n');
  });

  it('names the content that is not UTF-8', () => {
    expect(() => decodeText('prompt', Uint8Array.of(0xe9))).toThrow(
      /^prompt: expected text in UTF-8, got other bytes$/,
    );
  });
});
