import { describeDomainContract } from '@ramble/testing';
import { byteTokenizer, trainBpe } from '@ramble/tokenizers';

import {
  type SummarizationDomain,
  summarizationDomain,
  type SummarizationExample,
  summarizationFactory,
  type SummarizationPrompt,
  type SummarizationSettings,
  zeroShotDomain,
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

function fit(...examples: SummarizationExample[]): Promise<SummarizationDomain> {
  async function* all(): AsyncGenerator<SummarizationExample> {
    for (const example of examples) yield await Promise.resolve(example);
  }
  return summarizationFactory.fit(all(), { bpeVocabSize: 280, documentLoss: 0, cut: 'tf-idf' });
}
const PAIR = { document: 'the whale, the whale, the sea', summary: 'the whale' };

describe('summarizationFactory', () => {
  it('learns one vocabulary of documents and summaries, with a separator', async () => {
    const domain = await fit(PAIR);
    expect([...domain.tokenizer.specialTokens.keys()]).toEqual(['<|endoftext|>', '<tldr>']);
    const words = Array.from(domain.encodeExample(PAIR).tokens, (id) =>
      domain.vocabulary.describe(id),
    );
    expect(words.join('')).toContain('<tldr>');
    expect(words.length).toBeLessThan(25); // of 40 bytes
  });

  it('keeps the tokens of a text domain, and adds its separator after them', async () => {
    const text = await trainBpe('the whale, the sea', { vocabSize: 262 });
    async function* none(): AsyncGenerator<SummarizationExample> {
      /* nothing is learned from them */
    }
    const adapt = summarizationFactory.adapt?.bind(summarizationFactory);
    const { domain, options } = (await adapt?.(text.save(), none(), { documentLoss: 0.5 })) ?? {};
    expect(options).toEqual({ bpeVocabSize: 262, documentLoss: 0.5, cut: 'head' });
    if (!domain) throw new Error('expected a domain');
    const { tokens } = domain.encodeExample(PAIR);
    const document = text.encode(` ${PAIR.document}`);
    expect(Array.from(tokens).slice(0, document.length)).toEqual(Array.from(document));
    expect(tokens[document.length]).toBe(262);
    expect(domain.stopTokens).toEqual([text.endOfText]);
    const loaded = await summarizationFactory.load(summarizationFactory.save(domain));
    expect(loaded.encodeExample(PAIR)).toEqual(domain.encodeExample(PAIR));
    await expect(adapt?.({ 'music.json': '{}' }, none(), {})).rejects.toThrow(
      new RangeError('tokenizer.json: expected this file, got none'),
    );
  });

  it('has nothing to learn from nothing', async () => {
    await expect(fit()).rejects.toThrow('texts: expected some text, got none');
  });

  it.each([
    ['no file', undefined, 'summarization.json: expected settings, got no such file'],
    ['another value', '3', 'summarization.json: expected an object'],
    [
      'a missing setting',
      '{"documentLoss":1}',
      'summarization.json: cut: expected head, head-and-tail, tf-idf or tf-idf-paragraphs, got nothing',
    ],
  ])('reports what a saved domain should contain: %s', async (_, text, message) => {
    const { 'summarization.json': saved, ...files } = summarizationFactory.save(await fit(PAIR));
    expect(saved).toContain('"cut": "tf-idf"');
    await expect(
      summarizationFactory.load({ ...files, ...(text && { 'summarization.json': text }) }),
    ).rejects.toHaveProperty('message', message);
  });
});

const tokenizer = byteTokenizer();
const domain = zeroShotDomain(tokenizer);
const textOf = (tokens: ArrayLike<number>): string => tokenizer.decode(Array.from(tokens));

describe('zeroShotDomain', () => {
  const END = 256;

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
