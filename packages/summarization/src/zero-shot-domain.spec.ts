import { byteTokenizer } from '@ramble/tokenizers';

import { zeroShotDomain } from './summarization-domain.js';

const tokenizer = byteTokenizer();
const domain = zeroShotDomain(tokenizer);
const END = 256;
const textOf = (tokens: ArrayLike<number>): string => tokenizer.decode(Array.from(tokens));

describe('zeroShotDomain', () => {
  it('prompts for the text after TL;DR:', () => {
    const { tokens, outputStart } = domain.encodePrompt({ document: ' It rains.\n' });
    expect(textOf(tokens)).toBe('It rains.\nTL;DR:');
    expect(outputStart).toBe(tokens.length);
    const forced = domain.encodePrompt({ document: 'It rains.', beginning: 'wet' });
    expect(textOf(forced.tokens)).toBe('It rains.\nTL;DR: wet');
    expect(forced.outputStart).toBe(tokens.length);
  });

  it('takes the first three sentences of its output', () => {
    const said = tokenizer.encode(' One. Two!\nThree? Four. Five');
    expect(domain.decodeOutput([...said, END])).toBe('One. Two!\nThree?');
    expect(domain.decodeOutput([0xff])).toBe('\ufffd');
    expect(domain.decodeOutput([])).toBe('');
  });

  it('has an example that begins as its prompt and ends as its output', () => {
    const example = domain.encodeExample({ document: 'ab', summary: 'c' });
    expect(textOf(Array.from(example.tokens).slice(0, -1))).toBe('ab\nTL;DR: c');
    expect(Array.from(example.tokens).slice(example.outputStart)).toEqual([
      ...(domain.encodeOutput?.('c') as number[]),
    ]);
    expect(example.lossWeights).toHaveLength(example.tokens.length);
  });

  it('reads the beginning of a document that is too long', () => {
    const prompt = domain.encodePrompt({ document: 'abcdefgh' });
    expect(textOf(domain.cutPrompt?.(prompt, 10)?.tokens ?? [])).toBe('abc\nTL;DR:');
    expect(domain.cutPrompt?.(prompt, 6)).toBeUndefined();
    const example = domain.encodeExample({ document: 'abcdefgh', summary: 'c' });
    const [shorter] = domain.segments?.(example, 12) ?? [];
    expect(textOf(Array.from(shorter.tokens).slice(0, -1))).toBe('ab\nTL;DR: c');
    expect(shorter).toMatchObject({ outputStart: 9 });
    expect(shorter).not.toHaveProperty('prefixLength');
  });
});
