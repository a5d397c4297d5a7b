import type { Draw } from '../mutants/mutate.js';
import { ggufOf } from './gguf-of.js';

/** A tokenizer made to do harm. */
export interface HostileFile {
  readonly what: string;
  readonly vocabSize: number;
  readonly files: Readonly<Record<string, string>>;
  /** GGUF file with the tokenizer, in place of `files`. */
  readonly gguf?: Uint8Array;
  /** Letters for the texts that `hostileText` makes. They cost this tokenizer the most work. */
  readonly letters: readonly string[];
}

type Json = Record<string, unknown>;

/**
 * Makes a hostile file; equal draws give equal files.
 *
 * @param number - Number of the file; the first ones have one kind each.
 */
export function hostileFile(number: number, draw: Draw): HostileFile {
  // Large files take a second each, so they are rare.
  const drawn = draw(20) === 0 ? draw(HOSTILE_KINDS.length) : draw(CHEAP);
  const kind = HOSTILE_KINDS[number < HOSTILE_KINDS.length ? number : drawn];
  const changes = KINDS[kind](draw);
  if (changes.gguf) return { what: kind, vocabSize: 0, files: {}, letters: LETTERS, ...changes };
  const { vocabSize = 12, ...parts } = changes;
  const json = { ...plain(), ...parts };
  const text = JSON.stringify(json);
  return {
    what: `${kind}: ${text.slice(0, 20)}…${JSON.stringify(parts).slice(0, 300)}`,
    vocabSize,
    files: { 'tokenizer.json': text, 'tokenizer_config.json': '{"eos_token": "</s>"}' },
    letters: LETTERS,
  };
}

/** Returns a text that costs a tokenizer work: one letter repeated, or a few letters in any order. */
export function hostileText({ letters }: HostileFile, draw: Draw): string {
  const length = [41, 500, 5000, 40_000][draw(4)];
  if (draw(2) === 0) return pick(letters, draw).repeat(length) + pick(['', '!', 'b'], draw);
  const block = Array.from({ length: 1 + draw(30) }, () => pick(letters, draw)).join('');
  return block.repeat(Math.ceil(length / block.length));
}

const LETTERS = ['a', 'b', 'ab', ' ', 'é', '🐋', '\n', 'ﷺ', '<s>', '1', 'Σ'];

function plain(): Json {
  const names = ['<unk>', '<s>', '</s>'];
  const tokens = [...names, 'a', 'b', 'aa', 'ab', '▁', '▁a', '!', '1', '\n'];
  return {
    added_tokens: names.map((content, id) => ({ id, content, special: true })),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: ['a a', 'a b', '▁ a'],
    },
  };
}

type Changes = Json & { readonly vocabSize?: number; readonly gguf?: Uint8Array };

/** Number of entries at the beginning of `KINDS` whose files are small. */
const CHEAP = 8;

const KINDS: Readonly<Record<string, (draw: Draw) => Changes>> = {
  'split by an expression': (draw) => ({
    pre_tokenizer: sequence(
      'pretokenizers',
      many(1 + draw(3), () => split(draw)),
    ),
  }),
  'replaced by an expression': (draw) => ({
    normalizer: sequence(
      'normalizers',
      many(1 + draw(3), () => replaceRegex(draw)),
    ),
  }),
  'decoded by an expression': (draw) => ({ decoder: replaceRegex(draw) }),
  doublings: (draw) => ({
    normalizer: sequence(
      'normalizers',
      many(1 + draw(40), () => replaceText(draw)),
    ),
  }),
  'doublings of tokens': (draw) => ({
    decoder: sequence(
      'decoders',
      many(1 + draw(40), () => replaceText(draw)),
    ),
  }),
  'doublings of words': (draw) => ({
    pre_tokenizer: sequence(
      'pretokenizers',
      many(1 + draw(60), () => (draw(2) === 0 ? split(draw) : metaspace(draw))),
    ),
  }),
  'long words of a model': (draw) => ({ vocabSize: 4000, model: model(draw) }),
  'normal forms': (draw) => ({
    normalizer: sequence(
      'normalizers',
      many(1 + draw(120), () => ({ type: pick([...FORMS, 'Prepend'], draw), prepend: 'ﷺ' })),
    ),
  }),
  'a long prefix': (draw) => ({
    normalizer: { type: 'Prepend', prepend: 'a'.repeat(size(draw, 7)) },
    vocabSize: 12,
  }),
  'many added tokens': (draw) => {
    const count = size(draw, 6);
    const content = pick(
      [(i: number) => `<${i}>`, (i: number) => `${'a'.repeat(1 + (i % 3000))}${i}`],
      draw,
    );
    return {
      vocabSize: 2 ** 20,
      added_tokens: [
        ...many(3, (id) => ({ id, content: ['<unk>', '<s>', '</s>'][id], special: true })),
        ...many(Math.min(count, 4e7 / content(2999).length), (at) => ({
          id: 12 + at,
          content: content(at),
          special: draw(2) === 0,
          normalized: draw(2) === 0,
        })),
      ],
    };
  },
  'many tokens around a text': (draw) => ({
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        ...many(size(draw, 5), () => ({ SpecialToken: { id: '<s>', type_id: 0 } })),
        { Sequence: { id: 'A', type_id: 0 } },
      ],
      special_tokens: { '<s>': { id: '<s>', ids: many(size(draw, 4), () => 1), tokens: ['<s>'] } },
    },
  }),
  'many steps': (draw) => ({
    normalizer: sequence(
      'normalizers',
      many(size(draw, 5), () => ({ type: 'NFKD' })),
    ),
  }),
  'many merges': (draw) => ({
    model: { ...(plain().model as Json), merges: many(size(draw, 6), () => ['a', 'b']) },
  }),
  'many ids': (draw) => ({
    vocabSize: 10 ** (1 + draw(12)),
    added_tokens: [
      { id: draw(2) * (2 ** 20 - 1) + 2, content: '</s>', special: true },
      { id: 1, content: '<s>', special: true },
    ],
  }),
  'many values': (draw) => ({ x: many(size(draw, 6), () => pick([[], {}, 0], draw)) }),
  'a GGUF file of long pieces': (draw) => {
    const [letters, lengths] = [1 + draw(20), 1 + draw(512)];
    const pieces = many(letters, (at) => String.fromCharCode(97 + at)).flatMap((letter) =>
      many(lengths, (length) => letter.repeat(length + 1)),
    );
    const tokens = ['<unk>', '<s>', '</s>', ...pieces];
    return { gguf: ggufOf(tokens), vocabSize: tokens.length };
  },
};

/** Kinds of hostile tokenizers, in the order of the first files. */
export const HOSTILE_KINDS = Object.keys(KINDS);

const FORMS = ['NFC', 'NFD', 'NFKC', 'NFKD', 'StripAccents', 'BertNormalizer', 'Lowercase'];

function many<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

function pick<T>(items: readonly T[], draw: Draw): T {
  return items[draw(items.length)];
}

/** Draws a size from 1 to 10^`digits`; every order of magnitude is equally frequent. */
function size(draw: Draw, digits: number): number {
  return Math.ceil(10 ** ((draw(1000) / 1000) * digits));
}

function sequence(list: string, steps: readonly object[]): object {
  return steps.length === 1 ? steps[0] : { type: 'Sequence', [list]: steps };
}

const BEHAVIORS = ['Isolated', 'Removed', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'];

function split(draw: Draw): object {
  const behavior = pick(BEHAVIORS, draw);
  return { type: 'Split', pattern: { Regex: expression(draw) }, behavior, invert: draw(2) === 0 };
}

function metaspace(draw: Draw): object {
  return {
    type: 'Metaspace',
    replacement: pick(['▁', 'a', 'b', '🐋'], draw),
    prepend_scheme: 'always',
  };
}

function replaceRegex(draw: Draw): object {
  const content = pick(['', 'a', 'ab', 'ﷺ', 'a'.repeat(1000)], draw);
  return { type: 'Replace', pattern: { Regex: expression(draw) }, content };
}

function replaceText(draw: Draw): object {
  const found = pick(['a', 'a', 'b', ' ', 'aa'], draw);
  return {
    type: 'Replace',
    pattern: { String: found },
    content: pick(['aa', 'aa', 'ab', 'aaa', 'ba'], draw),
  };
}

/** Regular expressions with catastrophic backtracking, and parts to build more of them. */
const EVIL = [
  ...[
    '(a+)+$',
    '(a|a)*$',
    '(a|aa)+$',
    '(a*)*b',
    '(.*a){20}',
    '(a+){10}b',
    '(?:a|b|ab)*c',
    'a*a*a*a*b',
  ],
  ...['(?=(a+)+$)a', '(?!(a|a)*b)a', '(?<=(a+)+)b', '(?=a*)a', '(?<!a*b)a', '(a+)\\1b', '(?>a+)+b'],
  ...['a{1000}', '((a{100}){100}){100}', '(a{0,50}){0,50}b', '(?:){1000000000}', '(a?){64}a{64}'],
  ...[
    '(?i:a+)+$',
    '[[:alpha:]&&[^b]]+$',
    '\\p{L}*\\p{L}*1',
    '\\s+(?!\\S)|\\s+',
    '(\\s|\\p{Z})*x',
    '(x',
  ],
];
const ATOMS = [
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\p{L}',
  '\\s',
  '\\S',
  '\\w',
  '\\d',
  ' ',
  '^',
  '$',
  '\\b',
];
const LOOPS = ['*', '+', '?', '*?', '+?', '++', '*+', '{2}', '{1,3}', '{3,}', '{0,30}'];
const GROUPS = ['(', '(?:', '(?=', '(?!', '(?<=', '(?<!', '(?>', '(?i:'];

function expression(draw: Draw): string {
  return draw(3) === 0 ? pick(EVIL, draw) : random(draw, 4);
}

function random(draw: Draw, depth: number): string {
  const parts = many(1 + draw(3), () => {
    const isGroup = depth > 0 && draw(2) === 0;
    const part = isGroup ? `${pick(GROUPS, draw)}${random(draw, depth - 1)})` : pick(ATOMS, draw);
    return draw(2) === 0 ? part + pick(LOOPS, draw) : part;
  });
  return parts.join(draw(3) === 0 ? '|' : '');
}

/** Returns a vocabulary in which every letter begins hundreds of tokens. */
function model(draw: Draw): object {
  const longest = 1 + draw(3000);
  const letter = pick(['a', 'ab', '🐋'], draw);
  const tokens = many(
    longest,
    (at) => letter.repeat(1 + Math.floor(at / letter.length)) + at.toString(3),
  );
  const names = ['<unk>', '<s>', '</s>', letter, ...new Set(tokens)];
  const vocab = Object.fromEntries(names.map((token, id) => [token, id]));
  switch (draw(4)) {
    case 0:
      return { type: 'Unigram', unk_id: 0, vocab: names.map((token, id) => [token, -id]) };
    case 1:
      return {
        ...{ type: 'WordPiece', unk_token: '<unk>', continuing_subword_prefix: '', vocab },
        max_input_chars_per_word: 10 ** draw(12),
      };
    case 2:
      return { type: 'WordLevel', unk_token: '<unk>', vocab };
    default:
      return {
        ...{ type: 'BPE', unk_token: '<unk>', vocab, merges: [], byte_fallback: draw(2) === 0 },
        ...{ continuing_subword_prefix: 'a'.repeat(size(draw, 4)), end_of_word_suffix: 'b' },
      };
  }
}
