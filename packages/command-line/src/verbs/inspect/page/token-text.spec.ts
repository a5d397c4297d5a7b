import { tokenText } from './token-text.js';

describe('tokenText', () => {
  it.each([
    ['" the"', '␣the'],
    ['"\\n"', '\\n'],
    ['"<b>"', '&lt;b&gt;'],
    [String.raw`"\"&"`, '&quot;&amp;'],
    ['0xC3', '0xC3'],
    ['note on C4', 'note on C4'],
    ['""', '&quot;&quot;'],
  ])('shows %s as text', (word, html) => {
    expect(tokenText(word)).toBe(html);
  });
});
