import fc from 'fast-check';

import { untilStop } from './stop-texts.js';

function run(stops: readonly string[], pieces: readonly string[]): [string[], boolean] {
  const filter = untilStop(stops);
  const passed = pieces.map((piece) => filter.push(piece));
  return [[...passed, filter.end()], filter.stopped];
}

describe('untilStop', () => {
  it('ends before a stop text, for any cut of the pieces', () => {
    expect(run(['\n\n'], ['One.\nTwo', '.\n', '\nThree'])).toEqual([
      ['One.\nTwo', '.', '', ''],
      true,
    ]);
  });

  it('delays text that may become a stop text, and passes it if it does not', () => {
    expect(run(['END'], ['a E', 'N', 'd', ' E'])).toEqual([['a ', '', 'ENd', ' ', 'E'], false]);
  });

  it('passes everything at once without stop texts', () => {
    expect(run([], ['a', 'b'])).toEqual([['a', 'b', ''], false]);
  });

  it('ends at the stop text that is complete first', () => {
    expect(run(['abc', 'b'], ['xabc'])).toEqual([['xa', ''], true]);
    expect(run(['bc', 'abc'], ['xabc'])).toEqual([['x', ''], true]);
  });

  it('passes the same text for any cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    const stops = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), stops, (pieces, texts) => {
        const [passed, stopped] = run(texts, pieces);
        const whole = run(texts, [pieces.join('')]);
        expect([passed.join(''), stopped]).toEqual([whole[0].join(''), whole[1]]);
        expect(pieces.join('').startsWith(passed.join(''))).toBe(true);
        expect(texts.some((stop) => passed.join('').includes(stop))).toBe(false);
      }),
    );
  });
});
