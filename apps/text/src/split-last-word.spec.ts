import { splitLastWord } from './text-app.js';

const split = (text: string): object | undefined => splitLastWord({ text, endsDocument: true });

describe('splitLastWord', () => {
  it.each([
    ['Call me Ishmael', 'Call me', ' Ishmael'],
    ['Call me Ishmael. \r\n', 'Call me', ' Ishmael.'],
    ['Call me\nIshmael', 'Call me', '\nIshmael'],
    ['Call me  Ishmael', 'Call me ', ' Ishmael'],
    [' naïve 🐋', ' naïve', ' 🐋'],
  ])('keeps the white space before the word: %j', (text, prompt, output) => {
    expect(split(text)).toEqual({ prompt, output });
  });

  it('has no last word for a part that others follow', () => {
    expect(splitLastWord({ text: 'Call me Ish', endsDocument: false })).toBeUndefined();
  });

  it.each(['Ishmael', ' Ishmael ', '', ' '])('needs two words: %j', (text) => {
    expect(() => split(text)).toThrow(
      new RangeError(`text: expected at least two words, got ${JSON.stringify(text.trimEnd())}`),
    );
  });
});
