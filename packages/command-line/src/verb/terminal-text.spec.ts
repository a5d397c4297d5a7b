import fc from 'fast-check';

import { terminalText } from './output.js';

describe('terminalText', () => {
  it('escapes characters that control a terminal', () => {
    expect(terminalText('\x1b]0;mine\x07 \x9b2J \x7f \b')).toBe(
      '\\u001b]0;mine\\u0007 \\u009b2J \\u007f \\u0008',
    );
  });

  it('keeps text of any script, tabs and line ends', () => {
    const text = 'naïve\tشب\u200cبخیر 👩\u200d🚀\r\n';
    expect(terminalText(text)).toBe(text);
  });

  it('leaves no control character in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(terminalText(text).replace(/[\t\r\n]/g, '')).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
