import { type AddedToken, plainSpecialToken } from './added-tokens.js';
import { MAX_VOCAB_SIZE, type SpecialTokens, type Tokenizer } from './tokenizer.js';

/** Writes a byte-level BPE as the tokenizer.json that Hugging Face tokenizers reads. */
export function writeHuggingFace(vocabulary: BpeVocabulary): string {
  const { spellings, specialTokens, addedTokens = [], merges } = vocabulary;
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  return formatTokenizer(specialTokens, addedTokens, {
    pre_tokenizer: { ...byteLevel, use_regex: true },
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: modelVocab(vocabulary),
      merges: merges.map(({ left, right }) => `${spellings[left]} ${spellings[right]}`),
    },
  });
}

/** Spelling -> id of all tokens, except the ordinary ones that were added to the vocabulary. */
export function modelVocab({
  spellings,
  addedTokens = [],
  byteIds,
  merges,
}: BpeVocabulary): Record<string, number> {
  const made = new Set([...byteIds, ...merges.map(({ merged }) => merged)]);
  const added = addedTokens.filter(({ id, isSpecial }) => !isSpecial && !made.has(id));
  const left = new Set(added.map(({ id }) => id));
  const all = spellings.map((spelling, id) => [spelling, id] as const);
  return Object.fromEntries(all.filter(([, id]) => !left.has(id)));
}

/**
 * Writes characters as a tokenizer.json: words of one character each. An unknown character is read
 * as the last argument, or is an error if that is not a token.
 */
export function writeHuggingFaceCharacters(
  characters: readonly string[],
  specialTokens: SpecialTokens,
  unknownToken: string,
): string {
  const all = [...characters, ...specialTokens.keys()];
  return formatTokenizer(specialTokens, [], {
    pre_tokenizer: {
      type: 'Split',
      pattern: { Regex: '[\\s\\S]' },
      behavior: 'Isolated',
      invert: false,
    },
    decoder: { type: 'Fuse' },
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(all.map((token, id) => [token, id])),
      unk_token: unknownToken,
    },
  });
}

function formatTokenizer(
  specialTokens: SpecialTokens,
  addedTokens: readonly AddedToken[],
  {
    pre_tokenizer,
    decoder,
    model,
  }: Readonly<Record<'pre_tokenizer' | 'decoder' | 'model', object>>,
): string {
  const added = new Map(
    Array.from(specialTokens, ([content, id]) => [id, plainSpecialToken(content, id)]),
  );
  for (const token of addedTokens) added.set(token.id, token);
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...added.values()]
      .sort((a, b) => a.id - b.id)
      .map((token) => ({
        id: token.id,
        content: token.content,
        single_word: token.isSingleWord,
        lstrip: token.stripsLeft,
        rstrip: token.stripsRight,
        normalized: token.isNormalized,
        special: token.isSpecial,
      })),
    normalizer: null,
    pre_tokenizer,
    post_processor: null,
    decoder,
    model,
  };
  return JSON.stringify(file, null, 2) + '\n';
}

/** Encodes whole texts, and decodes what a model says. */
export interface SpacedText {
  readonly encode: (text: string) => Int32Array;
  /** Decodes ids without special tokens, which are not part of a text. */
  readonly decode: (tokens: readonly number[]) => string;
}

/**
 * Texts with a space in front, which decoding takes away again: a word is the same token at the
 * beginning of a text and within it.
 *
 * @see Kudo and Richardson 2018, section 3.2, https://arxiv.org/abs/1808.06226
 */
export function spacedText(tokenizer: Tokenizer): SpacedText {
  const reserved = new Set(tokenizer.specialTokens.values());
  return {
    encode: (text) => tokenizer.encode(` ${text}`, { continues: true }),
    decode: (tokens) => {
      const words = tokens.filter((token) => !reserved.has(token));
      const text = tokenizer.decode(words, { continues: true });
      return text.startsWith(' ') ? text.slice(1) : text;
    },
  };
}

/** A byte-level BPE as data: what a tokenizer.json of Hugging Face holds. */
export interface BpeVocabulary {
  /** The token of every id in the byte alphabet (see spellBytes); of a special or added token its content. */
  readonly spellings: readonly string[];
  readonly specialTokens: SpecialTokens;
  /** Ordinary tokens that were added to it, and special ones that have options. */
  readonly addedTokens?: readonly AddedToken[];
  /** The id of every byte. */
  readonly byteIds: Int32Array;
  /** The merges, in the order in which they apply. */
  readonly merges: readonly Merge[];
}

/** A rank and a position are one number in the heap of candidates. */
export const MAX_MERGES = 2 ** 21;

/** Two neighbouring tokens and the one that they become. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly merged: number;
}

/** The merges of a byte-pair encoding, in the order in which they apply. */
export class MergeTable {
  /** The id of every byte, where words are bytes. */
  readonly byteIds: Int32Array;
  readonly #ranks = new Map<number, number>();
  readonly #mergedIds: number[] = [];

  constructor(byteIds: Int32Array = new Int32Array()) {
    this.byteIds = byteIds;
  }

  /** Appends a merge with the highest rank. */
  add({ left, right, merged }: Merge): void {
    this.#ranks.set(left * MAX_VOCAB_SIZE + right, this.#mergedIds.length);
    this.#mergedIds.push(merged);
  }

  /** The place of a pair in the order, `undefined` when it never merges. */
  rank(left: number, right: number): number | undefined {
    return this.#ranks.get(left * MAX_VOCAB_SIZE + right);
  }

  /** Id of the token that the pair of a rank merges into. */
  mergedId(rank: number): number {
    return this.#mergedIds[rank];
  }
}
