import { cutSource, pairExample, pairPrompt } from './pair-example.js';

const [SEPARATOR, END] = [90, 91];
const pair = { source: [1, 2, 3], separator: SEPARATOR, target: [4, 5], end: END };

describe('pairExample', () => {
  it('puts a separator after the source, and the end token after the target', () => {
    const { tokens, lossWeights, ...places } = pairExample(pair, { sourceLoss: 0.5 });
    expect(Array.from(tokens)).toEqual([1, 2, 3, SEPARATOR, 4, 5, END]);
    expect(Array.from(lossWeights)).toEqual([0.5, 0.5, 0.5, 0.5, 1, 1, 1]);
    expect(places).toEqual({ prefixLength: 4, outputStart: 4 });
  });

  it('begins with the tokens of its prompt, which may include a forced start of the output', () => {
    const { tokens, ...places } = pairPrompt(pair, [4]);
    expect(Array.from(tokens)).toEqual([1, 2, 3, SEPARATOR, 4]);
    expect(places).toEqual({ prefixLength: 4, outputStart: 4 });
  });
});

describe('cutSource', () => {
  const example = { ...pairExample(pair, { sourceLoss: 0 }), outputStart: 4 };

  it('removes the end of the source', () => {
    expect(cutSource(example, 5)).toEqual({
      tokens: [1, SEPARATOR, 4, 5, END],
      lossWeights: [0, 0, 1, 1, 1],
      prefixLength: 2,
      outputStart: 2,
    });
  });

  it('changes nothing if the example fits', () => {
    const whole = cutSource(example, 100);
    expect(Array.from(whole!.tokens)).toEqual(Array.from(example.tokens));
  });

  it('returns undefined if even the output does not fit', () => {
    expect(cutSource(example, 4)?.tokens).toEqual([SEPARATOR, 4, 5, END]);
    expect(cutSource(example, 3)).toBeUndefined();
  });
});
