import { fixturesIn } from '@ramble/node/testing';
import { huggingFaceTokenizer } from '@ramble/tokenizers';

import type { Metadata, MetadataValue, TypedValue } from '../format/metadata.js';
import { readTokenizer, stopIds } from './read-tokenizer.js';
import { writeTokenizer } from './write-tokenizer.js';

interface Cases {
  readonly vocabSize: number;
  readonly cases: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly idsWithSpecial: readonly number[];
  }[];
}

// Tokenizers of every kind, with the ids of the Python library; packages/tokenizers/fixtures.
const fixtures = fixturesIn(new URL('../../../../tokenizers/fixtures/pipelines/', import.meta.url));
const SPECIAL: Readonly<Record<string, { readonly bos?: string; readonly stops: number[] }>> = {
  smollm: { stops: [2, 0] },
  llama3: { bos: '<|begin_of_text|>', stops: [702, 701] },
  qwen: { stops: [702, 700] },
  llama2: { bos: '<s>', stops: [2] },
  gemma: { bos: '<bos>', stops: [5, 1] },
};

/** Metadata as a reader returns them, from the entries of a writer. */
function read(entries: readonly (readonly [string, TypedValue])[]): Metadata {
  return new Map(
    entries.map(([key, value]): [string, MetadataValue] => [
      key,
      value.type === 'array' ? (value.values as readonly string[]) : value.value,
    ]),
  );
}

describe.each(Object.entries(SPECIAL))('the tokenizer of %s', (name, { bos = null, stops }) => {
  const file = Buffer.from(fixtures.readBytes(`${name}/tokenizer.json`)).toString();
  const { vocabSize, cases } = fixtures.readJson(`${name}/cases.json`) as Cases;
  const files = {
    'tokenizer.json': file,
    'tokenizer_config.json': JSON.stringify({ bos_token: bos, chat_template: 'x' }),
    'generation_config.json': JSON.stringify({ eos_token_id: stops }),
  };
  const metadata = read(writeTokenizer(files, vocabSize + 3));

  it('gives the ids of the Python library after it was in a GGUF file', async () => {
    const tokenizer = await huggingFaceTokenizer(readTokenizer(metadata), vocabSize + 3);
    expect(tokenizer.vocabSize).toBe(vocabSize + 3);
    for (const { text, ids, idsWithSpecial } of cases) {
      // The fixture lists runs of spaces that none of its merges makes; llama.cpp finds them all the same.
      if (name === 'gemma' && /[ ▁]{2}/.test(text)) continue;
      const found = tokenizer.encode(text, { allowSpecial: true });
      const framed = [...tokenizer.beginning, ...found, ...tokenizer.ending];
      expect({ text, ids: [...found], framed }).toEqual({ text, ids, framed: idsWithSpecial });
    }
  });

  it('keeps its chat template and the ids that end an answer', () => {
    const config = JSON.parse(readTokenizer(metadata)['tokenizer_config.json']) as object;
    expect(config).toMatchObject({ chat_template: 'x', bos_token: bos });
    expect(stopIds(metadata)).toEqual(stops);
  });

  it('has the same added tokens', () => {
    const { added_tokens: added } = JSON.parse(file) as { added_tokens: unknown };
    const again = JSON.parse(readTokenizer(metadata)['tokenizer.json']) as {
      added_tokens: unknown;
    };
    expect(again.added_tokens).toEqual(added);
  });
});

const small = {
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.pre': 'smollm',
  'tokenizer.ggml.tokens': ['a', 'b', 'ab'],
  'tokenizer.ggml.token_type': [1, 1, 1],
  'tokenizer.ggml.merges': ['a b'],
};
type Changes = Readonly<Record<string, MetadataValue | undefined>>;
const readChanged = (changes: Changes): Record<string, string> => {
  const entries = Object.entries<MetadataValue | undefined>({ ...small, ...changes });
  return readTokenizer(
    new Map(entries.filter((entry): entry is [string, MetadataValue] => entry[1] !== undefined)),
  );
};

describe('readTokenizer', () => {
  it('returns no files if the metadata have no tokenizer', () => {
    expect(readTokenizer(new Map())).toEqual({});
    expect(readTokenizer(read(writeTokenizer({}, 7)))).toEqual({});
  });

  it('refuses pieces that need too many merges for memory', () => {
    const tokens = Array.from('abcdefghijklmnopqrst').flatMap((letter) =>
      Array.from({ length: 512 }, (_, at) => letter.repeat(at + 1)),
    );
    const changes = {
      'tokenizer.ggml.model': 'llama',
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.token_type': tokens.map(() => 1),
      'tokenizer.ggml.scores': tokens.map((_, id) => -id),
    };
    expect(() => readChanged(changes)).toThrow(
      'tokenizer.ggml.tokens: expected pieces that 1048576 merges of 67108864 characters in all can make, got more; use another tokenizer',
    );
  });

  it.each<[Changes, string]>([
    [{ 'tokenizer.ggml.model': 'bert' }, 'model: expected gpt2 or llama, got bert'],
    [
      { 'tokenizer.ggml.pre': 'viking' },
      'pre: expected one of gpt-2, smollm, llama-bpe, dbrx, qwen2, stablelm2, gpt-4o, tekken, default, got viking',
    ],
    [{ 'tokenizer.ggml.tokens': undefined }, 'tokens: expected a list of tokens, got none'],
    [{ 'tokenizer.ggml.tokens': [1, 2, 3] }, 'tokens: expected texts, got [1,2,3]'],
    [{ 'tokenizer.ggml.token_type': [1] }, 'token_type: expected 3 types, one a token, got 1'],
    [{ 'tokenizer.ggml.merges': undefined }, 'merges: expected a list of merges, got none'],
    [
      { 'tokenizer.ggml.merges': ['a b', 'abc'] },
      'merges[1]: expected two tokens and a space between them, got abc',
    ],
    [
      { 'tokenizer.ggml.tokens': ['a', 'b', 'a'] },
      'tokens[2]: expected a token that differs from token 0, got a twice',
    ],
    [{ 'tokenizer.ggml.bos_token_id': 3 }, 'bos_token_id: expected an id below 3, got 3'],
    [
      { 'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.scores': [0] },
      'scores: expected 3 scores, one a token, got 1',
    ],
  ])('names what is wrong: %j', (changes, message) => {
    expect(() => readChanged(changes)).toThrow(`tokenizer.ggml.${message}`);
  });
});

describe('writeTokenizer', () => {
  it.each([
    [
      { model: { type: 'WordLevel', vocab: {} } },
      'tokenizer.json: model: expected byte pairs (BPE), which llama.cpp runs, got "WordLevel"; train with --tokenizer bpe',
    ],
    [
      { model: { type: 'BPE', vocab: { a: 4 }, merges: [] } },
      'tokenizer.json: expected ids below 4, the size of the model\'s vocabulary, got 4 for "a"',
    ],
    [
      {
        model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
        pre_tokenizer: { type: 'Whitespace' },
      },
      'tokenizer.json: pre_tokenizer: expected that of gpt-2, smollm, llama-bpe, dbrx, qwen2, stablelm2, gpt-4o, tekken, default, which llama.cpp knows, got {"type":"Whitespace"}',
    ],
  ])('refuses what llama.cpp has not: %j', (tokenizer, message) => {
    const files = { 'tokenizer.json': JSON.stringify(tokenizer) };
    expect(() => writeTokenizer(files, 4)).toThrow(message);
  });
});
