import { readFileSync } from 'node:fs';

import { type Tokenizer } from '../tokenizer.js';
import { readTokenizer } from './read-tokenizer.js';

interface TokenizerFile {
  model: object;
  normalizer: unknown;
  pre_tokenizer: unknown;
  post_processor: unknown;
  decoder: unknown;
  added_tokens: object[];
}

const original = (): TokenizerFile =>
  JSON.parse(
    readFileSync(
      new URL('../../fixtures/pipelines/llama2/tokenizer.json', import.meta.url),
      'utf8',
    ),
  ) as TokenizerFile;
const read = (change: Partial<TokenizerFile>): Tokenizer =>
  readTokenizer({ ...original(), ...change });
const replace = (String: string, content: string): object => ({
  type: 'Replace',
  pattern: { String },
  content,
});
const split = (Regex: string): object => ({
  type: 'Split',
  pattern: { Regex },
  behavior: 'Isolated',
  invert: false,
});

describe('a hostile tokenizer.json', () => {
  it.each(['(a+)+$', '(a|a)*$', '(a|ab|b)*c', '(?:(?:a*)*)*b', 'a*a*a*a*a*b', '(.*)*x'])(
    'encodes in linear time with the expression %s',
    (expression) => {
      const text = `${'a'.repeat(50_000)}!`;
      const started = process.cpuUsage();
      for (const change of [
        { pre_tokenizer: split(expression) },
        { normalizer: { type: 'Replace', pattern: { Regex: expression }, content: 'x' } },
      ]) {
        expect(read(change).encode(text).length).toBeGreaterThan(0);
      }
      expect(process.cpuUsage(started).user / 1e6).toBeLessThan(20); // backtracking takes years
    },
  );

  it('takes little memory for a long text without a match of a large expression', () => {
    const tokenizer = read({ pre_tokenizer: split('(?:c|d)b{1,1900}') });
    const text = 'a'.repeat(500_000);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const { Uint32Array: Original } = globalThis;
    globalThis.Uint32Array = class extends Original {
      constructor(length: number) {
        super(length);
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
    } as unknown as typeof Uint32Array;
    try {
      tokenizer.encode(text);
    } finally {
      globalThis.Uint32Array = Original;
    }
    expect(most).toBeLessThan(2 ** 26); // all positions take 120 MB
  });

  it('ends a search that has no linear time with an error of the text', () => {
    const tokenizer = read({ pre_tokenizer: split('(?=a*)a') });
    expect([...tokenizer.encode('aab')]).toHaveLength(4);
    expect(() => tokenizer.encode('a'.repeat(50_000))).toThrow(
      new RangeError(
        'text: the tokenizer.json of this model takes too long for a text of 50000 characters; use another tokenizer',
      ),
    );
  });

  it.each(['Unigram', 'WordPiece'])(
    'does not end the search of a %s model for tokens of 32 characters in a long text',
    (type) => {
      const row = 'abcdefghij'.repeat(5);
      const letters = row.slice(0, 10).split('');
      const names = ['<unk>', '</s>', ...letters];
      for (let length = 2; length <= 32; length++) {
        // Tokens that never fit a whole word keep WordPiece searching through all lengths.
        names.push(type === 'Unigram' ? row.slice(0, length) : '-'.repeat(length));
      }
      for (const letter of letters) names.push(`##${letter}`);
      const scored = names.map((name) => [name, name.length > 1 ? -name.length : -5]);
      const vocab = Object.fromEntries(names.map((name, id) => [name, id]));
      const model = {
        Unigram: { type, unk_id: 0, vocab: scored },
        WordPiece: {
          type,
          unk_token: '<unk>',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 1000,
          vocab,
        },
      }[type];
      const tokenizer = read({
        model,
        normalizer: null,
        pre_tokenizer: { type: 'WhitespaceSplit' },
        post_processor: null,
        decoder: null,
        added_tokens: [0, 1].map((id) => ({ id, content: names[id], special: true })),
      });
      const text = `${row.repeat(20).slice(1)} `.repeat(300); // 300,000 characters
      expect(tokenizer.encode(text).length).toBeGreaterThan(300);
    },
  );

  it('ends a search for tokens that are far too long', () => {
    const names = Array.from({ length: 900 }, (_, i) => 'a'.repeat(i + 1));
    const added = ['<unk>', '</s>'];
    const tokenizer = read({
      model: { type: 'Unigram', unk_id: 0, vocab: [...added, ...names].map((name) => [name, -1]) },
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      added_tokens: added.map((content, id) => ({ id, content, special: true })),
    });
    expect(() => tokenizer.encode('a'.repeat(20_000))).toThrow(
      'text: the tokenizer.json of this model takes too long for a text of 20000 characters',
    );
  });

  it('refuses references to groups, which no engine finds in bounded time', () => {
    expect(() => read({ pre_tokenizer: split(String.raw`(a+)\1`) })).toThrow(
      String.raw`tokenizer.json: expected pre_tokenizer.pattern.Regex to be an expression without \1, got "(a+)\\1"`,
    );
  });

  it.each([
    ['doublings', Array.from({ length: 26 }, () => replace('a', 'aa'))],
    [
      'a text for every character',
      [{ type: 'Replace', pattern: { Regex: '.' }, content: 'ab'.repeat(500) }],
    ],
  ])('refuses a normalizer of %s', (_, normalizers) => {
    expect(() => read({ normalizer: { type: 'Sequence', normalizers } })).toThrow(
      'tokenizer.json: the normalizer or the pre_tokenizer adds too many characters to a short text, or takes too long; use another tokenizer',
    );
  });

  it('refuses a text that grows too much, and accepts a short one', () => {
    const normalizers = Array.from({ length: 26 }, () => replace('🐋🐋', '🐋🐋🐋🐋'));
    const tokenizer = read({
      normalizer: { type: 'Sequence', normalizers: normalizers.slice(0, 5) },
    });
    expect(() => tokenizer.encode('🐋'.repeat(10_000))).toThrow(
      new RangeError(
        'text: the tokenizer.json of this model adds more than 390000 characters to a text of 20000; use another tokenizer',
      ),
    );
  });

  it('refuses words that a pre-tokenizer doubles', () => {
    const doubling = [
      split('.'),
      { type: 'Metaspace', replacement: 'x', prepend_scheme: 'always' },
    ];
    const pretokenizers = Array.from({ length: 20 }, () => [
      ...doubling,
      split('.'),
      { type: 'Metaspace', replacement: 'y', prepend_scheme: 'always' },
    ]).flat();
    expect(() => read({ pre_tokenizer: { type: 'Sequence', pretokenizers } })).toThrow(
      /^tokenizer\.json: the normalizer or the pre_tokenizer adds too many characters/,
    );
  });

  const template = (count: number): object => ({
    type: 'TemplateProcessing',
    single: [
      ...Array.from({ length: count }, () => ({ SpecialToken: { id: '<s>', type_id: 0 } })),
      { Sequence: { id: 'A', type_id: 0 } },
    ],
    pair: [],
    special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
  });

  it.each<[string, Partial<TokenizerFile>, string]>([
    [
      'a million ids without a token',
      {
        added_tokens: [...original().added_tokens, { id: 1e6, content: '<far>', special: true }],
      },
      'expected tokens for all but 65536 of 1000001 ids, got 957',
    ],
    [
      'a long prefix',
      { normalizer: { type: 'Prepend', prepend: 'a'.repeat(1e6) } },
      'expected normalizer.prepend to be at most 1000 characters',
    ],
    [
      'a million added tokens',
      {
        added_tokens: Array.from({ length: 1e6 }, (_, id) => ({
          id,
          content: `<${id}>`,
          special: true,
        })),
      },
      'expected added_tokens to be at most 131072 tokens',
    ],
    [
      'many tokens around a text',
      { post_processor: template(100_000) },
      'expected post_processor.single to be at most 256 pieces',
    ],
    [
      'several templates of many tokens',
      { post_processor: { type: 'Sequence', processors: [template(200), template(200)] } },
      'expected post_processor to be at most 256 tokens around a text',
    ],
    [
      'many steps',
      {
        normalizer: {
          type: 'Sequence',
          normalizers: Array.from({ length: 101 }, () => ({ type: 'NFC' })),
        },
      },
      'expected normalizer to be at most 100 steps',
    ],
    [
      'a long expression',
      { pre_tokenizer: split('a'.repeat(20_000)) },
      'expected pre_tokenizer.pattern.Regex to be at most 10000 characters',
    ],
    [
      'an expression with many repeated parts',
      { pre_tokenizer: split('((a{100}){100}){100}') },
      'expected pre_tokenizer.pattern.Regex to be an expression with at most 4096 steps',
    ],
    [
      'tokens that decode to long texts',
      {
        decoder: {
          type: 'Sequence',
          decoders: Array.from({ length: 26 }, () => replace('a', 'aa')),
        },
      },
      'expected decoder to be steps that make a token at most 16 times as long',
    ],
  ])('is refused for %s', (_, change, message) => {
    expect(() => read(change)).toThrow(`tokenizer.json: ${message}`);
  });
});
