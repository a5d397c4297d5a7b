import { readFileSync } from 'node:fs';

import { describeDomainContract } from '@ramble/testing';
import { byteTokenizer, gpt2Tokenizer, readTokenizer, trainCharacters } from '@ramble/tokenizers';

import { countUnits, type TextDomain, textDomain, type TextExample } from './text-domain.js';
import { textFactory } from './text-factory.js';

const CHARACTERS = ' .\naehilmnsvwCIïW🐋';
const TEXTS = [
  ['Call me', ' Ishmael.'],
  ['W', 'hale'],
  ['Whales', '.\n'],
  [' ', ' '],
  ['\n', '\n\n'],
  ['naïve', ' whales'],
  ['naï', 've'],
  ['🐋', '🐋🐋'],
  ['a', ''],
  ['aaaa', ''],
  ['ï', 'ï'],
  ['  in', ' view'],
  ['.', '.'],
  ['mean', ' as a man'],
  ['Wave', 's'],
  ['I swam', '\nin a line'],
  ['sal', 'mi'],
  ['e\n', 'e'],
  ['smell', ' he'],
  ['Ill', ' is he.'],
] as const;

const domainOf = async (text: string): Promise<TextDomain> =>
  textDomain(await trainCharacters(text));

describeDomainContract<TextExample, string, string, TextDomain>({
  name: 'text, characters',
  create: () => domainOf(CHARACTERS),
  createOther: () => domainOf(`${CHARACTERS}?`),
  factory: textFactory,
  valid: TEXTS.map(([prompt, output]) => ({
    example: { text: prompt + output, endsDocument: true },
    prompt,
    output,
  })),
  invalid: Array.from('?!,;-0123456789BDEFé', (character) => ({
    example: { text: `a\nee${character}`, endsDocument: true },
    message:
      `text: expected the ${Array.from(CHARACTERS).length} characters of the vocabulary, got "${character}" ` +
      `(U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}) ` +
      'at offset 4 (2:3). A character model knows only the characters that it was trained on: train one with the tokenizer bpe or bytes, which read any text, or with --unknown replace.',
  })),
});

/** A tokenizer.json with the pipeline of a model, from the fixtures of the tokenizers. */
const pipelineDomain = (model: string): TextDomain => {
  const path = `../../tokenizers/fixtures/pipelines/${model}/tokenizer.json`;
  return textDomain(
    readTokenizer(JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))),
  );
};

describe("a text domain of Llama 2's pipeline", () => {
  const domain = pipelineDomain('llama2');
  const { tokenizer } = domain;
  const idsOf = (tokens: ArrayLike<number>): number[] => Array.from(tokens);

  it('begins prompts and documents with <s>, once, and starts from it', () => {
    const [begin, end] = ['<s>', '</s>'].map((name) => tokenizer.specialTokens.get(name) ?? -1);
    const ids = idsOf(tokenizer.encode('the sea'));
    expect(domain.start).toEqual([begin]);
    expect(idsOf(domain.encodePrompt('').tokens)).toEqual([begin]);
    expect(idsOf(domain.encodePrompt('the sea').tokens)).toEqual([begin, ...ids]);
    const named = domain.allowSpecialTokens().encodePrompt('<s>the sea');
    expect(idsOf(named.tokens)).toEqual([begin, ...ids]);
    const document = { text: 'the sea', endsDocument: true };
    expect(idsOf(domain.encodeExample(document).tokens)).toEqual([begin, ...ids, end]);
  });

  it.each(TEXTS)('decodes outputs to their text, saved and loaded too: %j %j', async (...texts) => {
    const again = await textFactory.load(textFactory.save(domain));
    expect([again.start, again.vocabulary.size]).toEqual([domain.start, domain.vocabulary.size]);
    for (const text of [...texts, texts.join('')]) {
      const ids = idsOf(again.encodeOutput(text));
      expect(again.decodeOutput(ids)).toBe(text);
      expect(ids).toEqual(idsOf(domain.encodeOutput(text)));
    }
  });

  it('inverts encodePrompt, without the tokens of the beginning', () => {
    for (const text of ['the sea', ' the sea', 'naïve 🐋\n']) {
      expect(domain.decodeOutput(idsOf(domain.encodePrompt(text).tokens))).toBe(text);
    }
    expect(domain.decodeOutput([])).toBe('');
  });

  it('puts no space before the continuation of a text, and removes none', () => {
    const whole = idsOf(domain.encodePrompt('the train and the model').tokens);
    const parts = [
      ...idsOf(domain.encodePrompt('the train').tokens),
      ...idsOf(domain.encodeOutput(' and the model')),
    ];
    expect(parts).toEqual(whole);
    expect(domain.decodeOutput(whole.slice(parts.length - 2))).toMatch(/^ /);
    const rest = { text: ' and the model', endsDocument: false, continues: true };
    expect(idsOf(domain.encodeExample(rest).tokens)).toEqual(idsOf(domain.encodeOutput(rest.text)));
  });
});

describe('textDomain', () => {
  it('reads names of special tokens as text, and as tokens with allowSpecial', async () => {
    const domain = textDomain(await gpt2Tokenizer());
    const idsOf = (each: TextDomain): number[][] =>
      [each.encodePrompt('Call<|endoftext|>').tokens, each.encodeOutput('<|endoftext|>')].map(
        (ids) => Array.from(ids),
      );
    expect(idsOf(domain)).toEqual([
      [14134, 27, 91, 437, 1659, 5239, 91, 29],
      [27, 91, 437, 1659, 5239, 91, 29],
    ]);
    expect(idsOf(domain.allowSpecialTokens())).toEqual([[14134, 50256], [50256]]);
    const example = { text: '<|endoftext|>', endsDocument: false };
    expect(domain.allowSpecialTokens().encodeExample(example)).toEqual(
      domain.encodeExample(example),
    );
  });

  it('ends a document with <|endoftext|>, and not a part of one', async () => {
    const domain = textDomain(await gpt2Tokenizer());
    const encode = (endsDocument: boolean): number[] =>
      Array.from(domain.encodeExample({ text: 'Call me', endsDocument }).tokens);
    expect(encode(false)).toEqual([14134, 502]);
    expect(encode(true)).toEqual([14134, 502, 50256]);
    expect(domain.stopTokens).toEqual([50256]);
  });

  it('learns every token', () => {
    const { lossWeights } = textDomain(byteTokenizer()).encodeExample({
      text: 'é',
      endsDocument: true,
    });
    expect(Array.from(lossWeights)).toEqual([1, 1, 1]);
  });

  it('starts after <|endoftext|> or the given ids without a prompt', () => {
    expect(textDomain(byteTokenizer()).encodePrompt('').tokens).toEqual([256]);
    expect(textDomain(byteTokenizer(), [10]).encodePrompt('').tokens).toEqual([10]);
    expect(Array.from(textDomain(byteTokenizer(), [10]).encodePrompt('a').tokens)).toEqual([97]);
  });

  it('starts as without a prompt after a prompt that the tokenizer drops', () => {
    const tokenizer = readTokenizer(
      {
        added_tokens: [{ id: 0, content: '</s>', special: true }],
        normalizer: { type: 'Strip', strip_left: true, strip_right: true },
        pre_tokenizer: null,
        post_processor: null,
        decoder: null,
        model: { type: 'BPE', vocab: { a: 1 }, merges: [] },
      },
      { endOfText: '</s>' },
    );
    const domain = textDomain(tokenizer);
    expect(Array.from(domain.encodePrompt(' a ').tokens)).toEqual([1]);
    expect(Array.from(domain.encodePrompt('  ').tokens)).toEqual([0]);
  });

  it('takes the name of <|endoftext|> in a text for text', async () => {
    const domain = textDomain(await gpt2Tokenizer());
    const { tokens } = domain.encodePrompt('<|endoftext|>');
    const words = Array.from(tokens, (id) => domain.vocabulary.describe(id));
    expect(words).toEqual(['"<"', '"|"', '"end"', '"of"', '"text"', '"|"', '">"']);
  });

  it('encodes an output as the tokens that say it', () => {
    const domain = textDomain(byteTokenizer());
    expect(domain.decodeOutput(Array.from(domain.encodeOutput('naïve')))).toBe('naïve');
  });
});

describe('countUnits', () => {
  it('counts code points, bytes of UTF-8 and words', () => {
    const text = ' naïve 🐋\n\nWhale. ';
    expect(countUnits(text)).toEqual({
      character: Array.from(text).length,
      byte: new TextEncoder().encode(text).length,
      word: 3,
    });
  });

  it('counts nothing in nothing', () => {
    expect(countUnits('')).toEqual({ character: 0, byte: 0, word: 0 });
  });
});
