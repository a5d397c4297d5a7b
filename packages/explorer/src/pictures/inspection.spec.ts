import { tokenText } from './inspection.js';

describe('tokenText', () => {
  it.each([
    ['" the"', '␣the'],
    ['"\\n"', '\\n'],
    ['"<b>"', '<b>'],
    [String.raw`"\"&"`, '"&'],
    ['0xC3', '0xC3'],
    ['note on C4', 'note on C4'],
    ['""', '""'],
  ])('shows %s as text', (word, text) => {
    expect(tokenText(word)).toBe(text);
  });
});
