import { describeDomainContract } from '@ramble/testing';
import { byteTokenizer } from '@ramble/tokenizers';

import {
  type SummarizationDomain,
  summarizationDomain,
  type SummarizationExample,
  summarizationFactory,
  type SummarizationPrompt,
  type SummarizationSettings,
} from './summarization-domain.js';

const SETTINGS: SummarizationSettings = { documentLoss: 0, cut: 'head' };
const domainOf = (
  given: Partial<SummarizationSettings> = {},
  specialTokens: readonly string[] = ['<tldr>'],
): SummarizationDomain =>
  summarizationDomain(byteTokenizer({ specialTokens }), { ...SETTINGS, ...given });
const [END, TLDR] = [256, 257];
const SPACE = 32;

const PAIRS = [
  ['A dog ran. It was fast.', 'a fast dog'],
  ['a', 'a'],
  ['.', '.'],
  ['a.b', 'ab'],
  ['x'.repeat(300), 'x'],
  [' two  spaces ', '  more '],
  ['a\n\nb\n', 'a\nb'],
  ['<tldr>', '<tldr>'],
  ['<|endoftext|>', '<|endoftext|>'],
  ['whale 🐋. Sea.', '🐋'],
  ['naïve', 'naïf'],
  ['tab\there', 'tab'],
  ['日本語。文。', '日本'],
  ['0', '0'],
  ["it's", 'a summary that is longer than its document'],
  ['"quoted"', '« cité »'],
  ['a b c', 'a b c'],
  ['\u00e9', 'e\u0301'],
  ['\uFEFFbom', '\uFEFFbom'],
  ['one\r\ntwo\r\n', 'one'],
] as const;

const BLANKS = ['', ' ', '  ', '\n', '\r\n', '\t', ' \n ', '\f', '\u00a0', '\u3000'];

describe.each([
  ['target loss', {}],
  ['loss on all, tf-idf', { documentLoss: 1, cut: 'tf-idf' }],
  ['weighted loss, head and tail', { documentLoss: 0.5, cut: 'head-and-tail' }],
] as const)('with %s', (name, settings) => {
  describeDomainContract<SummarizationExample, SummarizationPrompt, string, SummarizationDomain>({
    name: `summarization, ${name}`,
    create: () => Promise.resolve(domainOf(settings)),
    createOther: () => Promise.resolve(domainOf(settings, ['<tldr>', '<other>'])),
    factory: summarizationFactory,
    valid: PAIRS.map(([document, summary]) => ({
      example: { document, summary },
      prompt: { document },
      output: summary,
    })),
    invalid: BLANKS.flatMap((blank) => [
      { example: { document: blank, summary: 'a' }, message: 'document: expected text, got none' },
      { example: { document: 'a', summary: blank }, message: 'summary: expected text, got none' },
    ]),
  });
});

describe('summarizationDomain', () => {
  const example = { document: 'ab', summary: 'cd' };

  it('writes a pair as document, separator, summary and end, with a space before each text', () => {
    const { tokens, lossWeights, prefixLength, outputStart } = domainOf().encodeExample(example);
    expect(Array.from(tokens)).toEqual([SPACE, 97, 98, TLDR, SPACE, 99, 100, END]);
    expect(Array.from(lossWeights)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect([prefixLength, outputStart]).toEqual([4, 4]);
  });

  it('learns the document with its weight', () => {
    const { lossWeights } = domainOf({ documentLoss: 0.25 }).encodeExample(example);
    expect(Array.from(lossWeights)).toEqual([0.25, 0.25, 0.25, 0.25, 1, 1, 1, 1]);
  });

  it('puts the beginning of a summary into the prompt, after its prefix', () => {
    const prompt = domainOf().encodePrompt({ document: 'ab', beginning: 'c' });
    expect(Array.from(prompt.tokens)).toEqual([SPACE, 97, 98, TLDR, SPACE, 99]);
    expect([prompt.prefixLength, prompt.outputStart]).toEqual([4, 4]);
  });

  it('leaves reserved tokens out of its output', () => {
    expect(domainOf().decodeOutput([TLDR, SPACE, 99, END, 100])).toBe('cd');
  });

  it('needs a separator that no text can produce', () => {
    expect(() => domainOf({}, [])).toThrow(
      new RangeError('tokenizer: expected a special token <tldr>, got none'),
    );
  });
});
