import { readFileSync } from 'node:fs';

import fc from 'fast-check';

import { loadTokenizer } from '../load-tokenizer.js';
import type { Tokenizer } from '../tokenizer.js';
import { readTokenizer } from './read-tokenizer.js';

interface TokenizerFile {
  normalizer: unknown;
  pre_tokenizer: unknown;
  post_processor: unknown;
  decoder: unknown;
  added_tokens: Record<string, unknown>[];
  model: Record<string, unknown> & { vocab: Record<string, unknown>; merges: unknown };
}

const read = (name: string): string =>
  readFileSync(new URL(`../../fixtures/pipelines/${name}.json`, import.meta.url), 'utf8');
const original = (model: string): TokenizerFile =>
  JSON.parse(read(`${model}/tokenizer`)) as TokenizerFile;

describe('readTokenizer', () => {
  it('keeps the file and its configuration as they came', async () => {
    const config = '{ "eos_token": { "content": "<|eot_id|>" } }';
    const file = `${read('llama3/tokenizer')} `;
    const tokenizer = await loadTokenizer({
      'tokenizer.json': file,
      'tokenizer_config.json': config,
    });
    expect(tokenizer.save()).toEqual({
      'tokenizer.json': file,
      'tokenizer_config.json': config,
      'tokenizer-settings.json':
        '{\n  "vocabSize": 703,\n  "endOfText": "<|end_of_text|>",\n  "specialTokens": []\n}\n',
    });
    expect(tokenizer.toHuggingFace(8)).toEqual({
      'tokenizer.json': file,
      'tokenizer_config.json': config,
    });
    expect(tokenizer.describe(tokenizer.endOfText)).toBe('<|end_of_text|>');
  });

  it('names the ids that a padded model has too many, and adds special tokens after them', async () => {
    const padded = readTokenizer(original('qwen'), { vocabSize: 720 });
    const tokenizer = padded.withSpecialTokens(['<sep>', '<|im_end|>']);
    for (const each of [tokenizer, await loadTokenizer(tokenizer.save())]) {
      expect([each.vocabSize, each.describe(719), each.describe(720)]).toEqual([
        721,
        '<|unused-719|>',
        '<sep>',
      ]);
      expect([...each.encode('<sep><|unused-719|>', { allowSpecial: true })]).toEqual([720, 719]);
      expect([...each.encode('<sep>')]).toEqual([...padded.encode('<sep>')]);
    }
    const written = tokenizer.toHuggingFace(8)['tokenizer.json'];
    const { added_tokens: added } = JSON.parse(written) as TokenizerFile;
    expect(added.at(-1)).toMatchObject({ id: 720, content: '<sep>', special: true });
    expect(() => tokenizer.withSpecialTokens(['a'])).toThrow(
      new RangeError('specialTokens: expected names that are not ordinary tokens, got "a"'),
    );
  });

  it.each(['llama2', 'gemma', 'llama3', 'qwen'])(
    'decodes any text that continues another, one token at a time: %s',
    (model) => {
      const tokenizer = readTokenizer(original(model));
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (any) => {
          const said = any.normalize('NFC');
          const ids = tokenizer.encode(said, { continues: true });
          const decoder = tokenizer.streamDecoder({ continues: true });
          const streamed = Array.from(ids, (id) => decoder.push(id)).join('') + decoder.end();
          // SentencePiece's visible blank is a blank when it is decoded.
          expect(streamed).toBe(
            model === 'llama3' || model === 'qwen' ? said : said.replaceAll('\u2581', ' '),
          );
        }),
      );
    },
  );

  it('describes tokens: words with their space, bytes, special tokens', () => {
    const tokenizer = readTokenizer(original('llama2'));
    const described = Array.from({ length: tokenizer.vocabSize }, (_, id) =>
      tokenizer.describe(id),
    );
    expect(described.slice(0, 3)).toEqual(['<unk>', '<s>', '</s>']);
    expect(described).toEqual(expect.arrayContaining(['" the"', '"\\n"', '0xE2']));
    expect(() => tokenizer.describe(956)).toThrow(
      new RangeError('id: expected a whole number from 0 to 955, got 956'),
    );
  });

  it('takes no time that grows with the square of a word', () => {
    const llama2 = readTokenizer(original('llama2'));
    const start = process.cpuUsage();
    for (const word of ['a', '中', ' ', '<', "'"]) llama2.encode(word.repeat(100_000));
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(20); // squared it would take an hour
  });

  const broken: [string, string, (file: TokenizerFile) => unknown, string][] = [
    [
      'an unknown model',
      'llama3',
      (f) => (f.model.type = 'Bigram'),
      'model.type to be "BPE" or "Unigram" or "WordPiece" or "WordLevel", got "Bigram"',
    ],
    [
      'an unknown normalizer',
      'qwen',
      (f) => (f.normalizer = { type: 'Nmt' }),
      'normalizer.type to be "Prepend" or "Replace" or "Lowercase" or "BertNormalizer" or "Strip" or "StripAccents" or "Precompiled" or "NFC" or "NFD" or "NFKC" or "NFKD", got "Nmt"',
    ],
    [
      'an unknown pre-tokenizer',
      'llama3',
      (f) => (f.pre_tokenizer = { type: 'Sequence', pretokenizers: [{ type: 'UnicodeScripts' }] }),
      'pre_tokenizer.pretokenizers[0].type to be "ByteLevel" or "Metaspace" or "Split" or "Digits" or "Punctuation" or "Whitespace" or "WhitespaceSplit" or "BertPreTokenizer", got "UnicodeScripts"',
    ],
    [
      'bytes before another cut',
      'llama3',
      (f) =>
        (f.pre_tokenizer = {
          type: 'Sequence',
          pretokenizers: [{ type: 'ByteLevel' }, { type: 'Digits' }],
        }),
      'pre_tokenizer.pretokenizers[0].type to be another type, except in the last place, got "ByteLevel"',
    ],
    [
      'an expression that JavaScript has not',
      'llama3',
      (f) => (f.pre_tokenizer = { type: 'Split', pattern: { Regex: '(a' }, behavior: 'Isolated' }),
      'pre_tokenizer.pattern.Regex to be an expression that JavaScript has, got "(a"',
    ],
    [
      'an unknown post-processor',
      'llama3',
      (f) => (f.post_processor = { type: 'Other' }),
      'post_processor.type to be "ByteLevel" or "TemplateProcessing" or "BertProcessing" or "RobertaProcessing", got "Other"',
    ],
    [
      'a template with a token that is none',
      'llama2',
      (f) =>
        (f.post_processor = {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<b>' } }, { Sequence: { id: 'A' } }],
          special_tokens: { '<b>': { ids: [1] } },
        }),
      'post_processor.single[0].SpecialToken.id to be a token of the vocabulary, got "<b>"',
    ],
    [
      'a template with an id beyond the vocabulary',
      'llama2',
      (f) =>
        (f.post_processor = {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<s>' } }, { Sequence: { id: 'A' } }],
          special_tokens: { '<s>': { ids: [956] } },
        }),
      'post_processor.special_tokens.<s>.ids[0] to be a whole number from 0 to 955, got 956',
    ],
    [
      'an unknown decoder',
      'llama2',
      (f) => (f.decoder = { type: 'CTC' }),
      'decoder.type to be "ByteLevel" or "ByteFallback" or "Fuse" or "Replace" or "Strip" or "Metaspace" or "WordPiece" or "BPEDecoder", got "CTC"',
    ],
    [
      'a merge of what is no token',
      'llama2',
      (f) => (f.model.merges = [['qq', 'q']]),
      'model.merges[0] to be two tokens of model.vocab that join into a third one, got ["qq","q"]',
    ],
    [
      'merges that are none',
      'llama2',
      (f) => (f.model.merges = 'x'),
      'model.merges to be an array, got "x"',
    ],
    [
      'an id out of range',
      'llama2',
      (f) => (f.model.vocab.a = 2 ** 20),
      'model.vocab.a to be a whole number from 0 to 1048575, got 1048576',
    ],
    [
      'an id twice',
      'llama2',
      (f) => (f.model.vocab['new'] = 100),
      'model.vocab.new to be an id that no other token has, got 100',
    ],
    [
      'an added token with the id of another',
      'llama2',
      (f) => f.added_tokens.push({ id: 100, content: '<x>', special: true }),
      'added_tokens[3].id to be an id that no other token has, got 100',
    ],
    [
      'no vocabulary',
      'llama2',
      (f) => (f.model.vocab = [] as never),
      'model.vocab to be an object, got []',
    ],
    ['dropout', 'llama2', (f) => (f.model.dropout = 0.1), 'model.dropout to be null or 0, got 0.1'],
  ];

  it.each(broken)('refuses %s', (_, model, spoil, message) => {
    const file = original(model);
    spoil(file);
    let thrown: unknown;
    try {
      readTokenizer(file);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      name: 'RangeError',
      message: `tokenizer.json: expected ${message}`,
    });
  });

  it('leaves out special tokens for which the model has no row', async () => {
    const file = original('gemma');
    file.added_tokens.push({ id: 956, content: '<image_soft_token>', special: true });
    const tokenizer = readTokenizer(file, { vocabSize: 956 });
    for (const each of [tokenizer, await loadTokenizer(tokenizer.save())]) {
      expect([each.vocabSize, each.specialTokens.has('<image_soft_token>')]).toEqual([956, false]);
    }
    file.added_tokens.push({ id: 957, content: '<ordinary>', special: false });
    expect(() => readTokenizer(file, { vocabSize: 956 })).toThrow(/instead of 958, got \{/);
  });

  it('refuses files that do not fit', async () => {
    expect(() => readTokenizer(original('llama2'), { vocabSize: 900 })).toThrow(
      /^tokenizer\.json: expected model to be a vocabulary of 900 tokens, the size of the model's, instead of 956, got \{"type":"BPE"/,
    );
    expect(() => readTokenizer(original('llama2'), { endOfText: '<e>' })).toThrow(
      new RangeError('endOfText: expected a token of tokenizer.json, got "<e>"'),
    );
    const nameless = { ...original('llama2'), added_tokens: [] };
    expect(() => readTokenizer(nameless)).toThrow(
      new RangeError(
        'tokenizer_config.json: expected eos_token, the token that ends a document, got nothing',
      ),
    );
    const saved = readTokenizer(original('llama2')).save();
    const settings = '{ "vocabSize": 956, "endOfText": "</s>", "specialTokens": ["a", "a"] }';
    await expect(loadTokenizer({ ...saved, 'tokenizer-settings.json': settings })).rejects.toThrow(
      new RangeError(
        'tokenizer-settings.json: expected specialTokens[1] to be a name that no other token has, got "a"',
      ),
    );
  });
});

interface Step {
  readonly file: { readonly model: { readonly type: string } };
  readonly cases: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly framed: readonly number[];
    readonly hidden: readonly number[];
    readonly decoded: string;
  }[];
}

const { steps } = JSON.parse(
  readFileSync(new URL('../../fixtures/pipelines/steps.json', import.meta.url), 'utf8'),
) as { readonly steps: Readonly<Record<string, Step>> };

describe.each(Object.entries(steps))(
  'the steps of %s, as tokenizers 0.23.3 for Python runs them',
  (name, { file, cases }) => {
    const endOfText = name === 'bert' ? '[SEP]' : '</s>';
    const tokenizer = readTokenizer(file, { endOfText });

    it('give the same ids, with and without those around a text, and decode to the same text', () => {
      for (const { text, ids, framed, decoded } of cases) {
        const found = [...tokenizer.encode(text, { allowSpecial: true })];
        expect({
          text,
          ids: found,
          framed: [...tokenizer.beginning, ...found, ...tokenizer.ending],
          decoded: tokenizer.decode(ids),
        }).toEqual({ text, ids, framed, decoded });
      }
    });

    it('give the same ids with the names of special tokens as plain text', () => {
      for (const { text, hidden } of cases) {
        const found = [...tokenizer.encode(text)];
        // Hugging Face's unigrams find special tokens in a text all the same.
        const isOurs = file.model.type === 'Unigram' && text.includes('<s>');
        if (!isOurs) expect({ text, ids: found }).toEqual({ text, ids: hidden });
        const special = new Set(tokenizer.specialTokens.values());
        const known = found.filter((id) => tokenizer.describe(id) !== '<unk>' && special.has(id));
        expect({ text, known: name === 'bert' ? [] : known }).toEqual({ text, known: [] });
      }
    });
  },
);

interface Cases {
  readonly vocabSize: number;
  readonly cases: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly idsWithSpecial: readonly number[];
    readonly decoded: string;
    readonly decodedSkipping: string;
  }[];
  readonly decodes: readonly { readonly ids: readonly number[]; readonly decoded: string }[];
}

const streamed = (tokenizer: Tokenizer, ids: readonly number[]): string => {
  const decoder = tokenizer.streamDecoder();
  return ids.map((id) => decoder.push(id)).join('') + decoder.end();
};

describe.each(['smollm', 'llama3', 'qwen', 'llama2', 'gemma'])(
  'the tokenizer.json of %s, as tokenizers 0.23.3 for Python runs it',
  (name) => {
    const tokenizer = readTokenizer(JSON.parse(read(`${name}/tokenizer`)));
    const { vocabSize, cases, decodes } = JSON.parse(read(`${name}/cases`)) as Cases;
    const isSpecial = new Set(tokenizer.specialTokens.values());

    it('has as many tokens', () => {
      expect(tokenizer.vocabSize).toBe(vocabSize);
    });

    it('gives the same ids, with and without those around a text', () => {
      for (const { text, ids, idsWithSpecial } of cases) {
        const found = tokenizer.encode(text, { allowSpecial: true });
        const framed = [...tokenizer.beginning, ...found, ...tokenizer.ending];
        expect({ text, ids: [...found], framed }).toEqual({ text, ids, framed: idsWithSpecial });
      }
    });

    it('decodes to the same text, all at once and one by one', () => {
      const all = [...cases.map(({ ids, decoded }) => ({ ids, decoded })), ...decodes];
      for (const { ids, decoded } of all) {
        const text = tokenizer.decode(ids);
        expect({ ids, text, streamed: streamed(tokenizer, ids) }).toEqual({
          ids,
          text: decoded,
          streamed: decoded,
        });
      }
    });

    it('decodes to the same text without special tokens', () => {
      for (const { idsWithSpecial, decodedSkipping } of cases) {
        const ids = idsWithSpecial.filter((id) => !isSpecial.has(id));
        expect(tokenizer.decode(ids)).toBe(decodedSkipping);
      }
    });

    it('is the same tokenizer after it was saved and loaded', async () => {
      const again = await loadTokenizer(tokenizer.save());
      expect(again.save()).toEqual(tokenizer.save());
      expect([...again.specialTokens]).toEqual([...tokenizer.specialTokens]);
      for (const { text, ids } of cases) {
        expect([...again.encode(text, { allowSpecial: true })]).toEqual(ids);
      }
    });
  },
);
