import { readFileSync } from 'node:fs';

import { JsonField } from './json-field.js';
import { loadTokenizer } from './load-tokenizer.js';
import { hasGpt2Scheme } from './read-hugging-face.js';
import { type Tokenizer } from './tokenizer.js';

const read = (name: string): string =>
  readFileSync(new URL(`../fixtures/hugging-face/${name}`, import.meta.url), 'utf8');

interface HuggingFaceFile {
  added_tokens: Record<string, unknown>[];
  normalizer: unknown;
  pre_tokenizer: Record<string, unknown>;
  post_processor: unknown;
  decoder: unknown;
  model: Record<string, unknown> & { vocab: Record<string, unknown>; merges: unknown[] };
}
const original = (): HuggingFaceFile => JSON.parse(read('tokenizer.json')) as HuggingFaceFile;
const encodings = JSON.parse(read('encodings.json')) as { text: string; ids: number[] }[];

const load = (file: unknown): Promise<Tokenizer> =>
  loadTokenizer({ 'tokenizer.json': JSON.stringify(file) });

describe('readHuggingFace', () => {
  it('gives the ids that Hugging Face tokenizers gives', async () => {
    const tokenizer = await loadTokenizer({ 'tokenizer.json': read('tokenizer.json') });
    expect(tokenizer.vocabSize).toBe(300);
    for (const { text, ids } of encodings) {
      expect(Array.from(tokenizer.encode(text, { allowSpecial: true }))).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    }
  });

  it("reads a file in the form of GPT-2's: no type, empty prefixes, merges as strings", async () => {
    const file = original();
    const { vocab, merges } = file.model;
    file.model = {
      dropout: null,
      unk_token: '<|endoftext|>',
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      vocab,
      merges: merges.map((pair) => (pair as string[]).join(' ')),
    };
    file.pre_tokenizer = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
    file.post_processor = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false };
    for (const token of file.added_tokens) token.normalized = true;
    const [tokenizer, same] = [await load(file), await load(original())];
    expect(tokenizer.save()).toEqual(same.save());
  });

  it('takes special tokens that are not in the vocabulary too', async () => {
    const file = original();
    delete file.model.vocab['<2fr>'];
    expect((await load(file)).save()).toEqual((await load(original())).save());
  });

  const broken: [string, (file: HuggingFaceFile) => unknown, string][] = [
    ['dropout', (f) => (f.model.dropout = 0.1), 'model.dropout to be null or 0, got 0.1'],
    [
      'a special token twice',
      (f) => f.added_tokens.push(f.added_tokens[1]),
      'added_tokens[2].content to be a name that no other token has, got "<2fr>"',
    ],
    [
      'an added token that is neither special nor ordinary',
      (f) => (f.added_tokens[1].special = 'yes'),
      'added_tokens[1].special to be true or false, got "yes"',
    ],
    [
      'an added token with an option that is none',
      (f) => (f.added_tokens[1].lstrip = 1),
      'added_tokens[1].lstrip to be true or false, got 1',
    ],
    [
      'an added token that the vocabulary spells for other bytes',
      (f) => f.added_tokens.push({ id: f.model.vocab['é'], content: 'é', special: false }),
      'added_tokens[2].content to be a name that is not in model.vocab, where its characters stand for other bytes, got "é"',
    ],
    [
      'a special token with two ids',
      (f) => (f.model.vocab['<2fr>'] = 2),
      'model.vocab.<2fr> to be 1, got 2',
    ],
    [
      'an id twice',
      (f) => (f.model.vocab['!'] = 3),
      'model.vocab["\\""] to be an id that no other token has, got 3',
    ],
    [
      'an id out of range',
      (f) => (f.model.vocab['!'] = 300),
      'model.vocab["!"] to be a whole number from 0 to 299, got 300',
    ],
    [
      'a token outside the byte alphabet',
      (f) => (f.model.vocab['日'] = 300),
      'model.vocab["日"] to be a token spelled in the byte alphabet, got 300',
    ],
    [
      'a byte without a token',
      (f) => {
        f.model.vocab['ĠĠĠ'] = f.model.vocab['!'];
        delete f.model.vocab['!'];
      },
      'model.vocab.! to be the id of a byte, got nothing',
    ],
    [
      'a merge of what is no token',
      (f) => (f.model.merges[1] = ['Ġ', 'qq']),
      'model.merges[1] to be two tokens of model.vocab that join into a third one, got ["Ġ","qq"]',
    ],
    [
      'a merge of three',
      (f) => (f.model.merges[1] = 'Ġ t h'),
      'model.merges[1] to be two tokens of model.vocab that join into a third one, got "Ġ t h"',
    ],
    [
      'a merge twice',
      (f) => (f.model.merges[1] = f.model.merges[0]),
      'model.merges[1] to be a pair that no other merge has, got ["Ġ","t"]',
    ],
    [
      'merges of numbers',
      (f) => (f.model.merges[0] = [1, 2]),
      'model.merges[0][0] to be a string, got 1',
    ],
    [
      'no merges',
      (f) => delete (f.model as { merges?: unknown }).merges,
      'model.merges to be an array, got nothing',
    ],
  ];

  it.each(broken)('refuses %s', async (_, spoil, message) => {
    const file = original();
    spoil(file);
    await expect(load(file)).rejects.toThrow(new RangeError(`tokenizer.json: expected ${message}`));
  });
});

describe('hasGpt2Scheme', () => {
  const others: [string, (file: HuggingFaceFile) => unknown][] = [
    ['another model', (f) => (f.model.type = 'WordPiece')],
    ['dropout', (f) => (f.model.dropout = 0.1)],
    ['a prefix', (f) => (f.model.continuing_subword_prefix = '##')],
    ['a suffix', (f) => (f.model.end_of_word_suffix = '</w>')],
    ['byte fallback', (f) => (f.model.byte_fallback = true)],
    ['ignored merges', (f) => (f.model.ignore_merges = true)],
    ['a normalizer', (f) => (f.normalizer = { type: 'NFC' })],
    ['another pre-tokenizer', (f) => (f.pre_tokenizer.type = 'Metaspace')],
    ['a blank in front', (f) => (f.pre_tokenizer.add_prefix_space = true)],
    ['no cutting', (f) => (f.pre_tokenizer.use_regex = false)],
    ['no decoder', (f) => (f.decoder = null)],
    ['another post-processor', (f) => (f.post_processor = { type: 'BertProcessing' })],
    [
      'a template that adds a token',
      (f) =>
        (f.post_processor = {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<2fr>' } }, { Sequence: { id: 'A' } }],
        }),
    ],
    ['no special tokens', (f) => (f.added_tokens = [])],
    ['<|endoftext|> as an ordinary token', (f) => (f.added_tokens[0].special = false)],
  ];

  it.each(others)('is false with %s', (_, change) => {
    const file = original();
    expect(hasGpt2Scheme(JsonField.of('tokenizer.json', file))).toBe(true);
    change(file);
    expect(hasGpt2Scheme(JsonField.of('tokenizer.json', file))).toBe(false);
  });
});
