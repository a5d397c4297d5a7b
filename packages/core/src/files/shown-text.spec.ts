import fc from 'fast-check';

import { escapeHtml, shownText, shownValue, unquoted, visibleText } from './shown-text.js';

/** Characters that a terminal interprets or does not show. */
const HIDDEN = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  ...Array.from({ length: 33 }, (_, i) => String.fromCharCode(0x7f + i)),
  ...['\u00ad', '\u034f', '\u061c', '\u115f', '\u200b', '\u200c', '\u200d', '\u200e', '\u200f'],
  ...['\u2028', '\u2029', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2060', '\u2066'],
  ...['\u2067', '\u2068', '\u2069', '\u3164', '\ufe0f', '\ufeff', '\u{e0041}', '\u{e0100}'],
];
const hostile = fc.array(
  fc.oneof(fc.constantFrom(...HIDDEN), fc.string({ unit: 'binary', maxLength: 5 }), fc.string()),
);

describe('shownText', () => {
  it.each([
    ['blocks.0.mlp', 'blocks.0.mlp'],
    ['naïve 鯨 🐋', 'naïve 鯨 🐋'],
    ['\x1b[2J\x1b]0;title\x07', '\\u001b[2J\\u001b]0;title\\u0007'],
    ['one\r\n\ttwo', 'one\\r\\n\\ttwo'],
    ['exe.\u202egpj', 'exe.\\u202egpj'],
    ['a\u200bb\u{e0041}', 'a\\u200bb\\u{e0041}'],
    ['x'.repeat(61), `${'x'.repeat(60)}…`],
  ])('shows %j as %j', (text, shown) => {
    expect(shownText(text)).toBe(shown);
  });

  it('shows any text as one short line without hidden characters', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 0, max: 80 }), (parts, maxLength) => {
        const shown = shownText(parts.join(''), maxLength);
        expect(HIDDEN.filter((character) => shown.includes(character))).toEqual([]);
        expect(shown.length).toBeLessThanOrEqual(9 * maxLength + 1);
        expect(shownText(shown, Infinity)).toBe(shown);
      }),
    );
  });
});

describe('shownValue', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [7, '7'],
    ['a"b\x1b\u202e', '"a\\"b\\u001b\\u202e"'],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    [Array.from({ length: 99 }, () => 1), `[${'1,'.repeat(29)}1…`],
    [{ '\u202e': '\x9b' }, '{"\\u202e":"\\u009b"}'],
  ])('shows %j as %s', (value, shown) => {
    expect(shownValue(value)).toBe(shown);
  });
});

describe('visibleText', () => {
  it('keeps line ends and tabs, and escapes all other hidden characters', () => {
    expect(visibleText('a\tb\n\x1b[31mc\r\n')).toBe('a\tb\n\\u001b[31mc\\r\n');
    fc.assert(
      fc.property(hostile, (parts) => {
        const text = parts.join('');
        const visible = visibleText(text);
        const hidden = HIDDEN.filter((character) => visible.includes(character));
        expect(hidden.filter((character) => character !== '\n' && character !== '\t')).toEqual([]);
        expect(visible.split('\n')).toHaveLength(text.split('\n').length);
      }),
    );
  });
});

describe('escapeHtml', () => {
  it('escapes all characters with a meaning in HTML, between tags or in an attribute', () => {
    expect(escapeHtml(`<b class="x">it's & &lt;</b>`)).toBe(
      '&lt;b class=&quot;x&quot;&gt;it&#39;s &amp; &amp;lt;&lt;/b&gt;',
    );
  });

  it('leaves other text unchanged', () => {
    expect(escapeHtml('ä 🐋\n/')).toBe('ä 🐋\n/');
  });
});

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
