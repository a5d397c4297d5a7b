import type { TextStream } from '../app/app-features.js';
import { stopInText, untilStop } from './stop-texts.js';

/** A domain whose tokens are bytes of UTF-8. */
const counted = { pushes: 0 };
function bytes(reach?: number): TextStream {
  const decoder = new TextDecoder();
  return {
    ...(reach !== undefined && { reach }),
    push: (token) => {
      counted.pushes++;
      return decoder.decode(Uint8Array.of(token), { stream: true });
    },
    end: () => decoder.decode(),
  };
}
const idsOf = (text: string): number[] => [...new TextEncoder().encode(text)];

/** Tests every prefix of an output, as a beam search does, up to the first that contains a stop text. */
function firstStop(isStopped: (output: readonly number[]) => boolean, output: number[]): number {
  for (let length = 1; length <= output.length; length++) {
    if (isStopped(output.slice(0, length))) return length;
  }
  return -1;
}

function plainStop(stops: readonly string[], output: number[]): number {
  const [stream, filter] = [bytes(), untilStop(stops)];
  for (const [at, token] of output.entries()) {
    filter.push(stream.push(token));
    if (filter.stopped) return at + 1;
  }
  return -1;
}

describe('stopInText', () => {
  const texts = [
    'the whale swam on',
    'naïve 鯨鯨鯨 whales — 🐋🐋 end',
    '🐋'.repeat(30) + 'x' + '🐋'.repeat(9),
    'a'.repeat(50) + 'b',
    '',
  ];
  const stops = [['whale'], ['🐋🐋 e'], ['x🐋'], ['ab', 'swam'], ['鯨w', '鯨 w'], ['not there']];

  it.each(texts)('finds the stop text at the token that completes it: %j', (text) => {
    const output = idsOf(text);
    for (const some of stops) {
      const expected = plainStop(some, output);
      expect(
        firstStop(
          stopInText(() => bytes(3), some),
          output,
        ),
      ).toBe(expected);
      expect(
        firstStop(
          stopInText(() => bytes(), some),
          output,
        ),
      ).toBe(expected);
    }
  });

  it('decodes as few tokens of an output of 4,000 as of a short one', () => {
    const isStopped = stopInText(() => bytes(3), ['\n\nChapter']);
    const pushesOf = (length: number): number => {
      counted.pushes = 0;
      expect(isStopped(new Array<number>(length).fill(97))).toBe(false);
      return counted.pushes;
    };
    expect(pushesOf(4000)).toBe(pushesOf(100));
    expect(pushesOf(4000)).toBeLessThan(50);
  });

  it('decodes nothing without stop texts', () => {
    counted.pushes = 0;
    expect(stopInText(() => bytes(3), [])(idsOf('whale'))).toBe(false);
    expect(counted.pushes).toBe(0);
  });
});

import fc from 'fast-check';

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
