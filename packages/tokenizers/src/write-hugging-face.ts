import { type AddedToken, plainSpecialToken } from './added-tokens.js';
import { endOfTextToken, MAX_VOCAB_SIZE, type SpecialTokens, type Tokenizer } from './tokenizer.js';

type Files = Readonly<Record<string, string>>;

/**
 * Returns the files of a byte-level BPE for transformers, in the old form (vocab.json, merges.txt) and the new one
 * (tokenizer.json).
 */
export function bpeFiles(vocabulary: BpeVocabulary, contextLength: number): Files {
  const { spellings, merges } = vocabulary;
  const lines = merges.map(({ left, right }) => `${spellings[left]} ${spellings[right]}\n`);
  return {
    'tokenizer.json': writeHuggingFace(vocabulary),
    'tokenizer_config.json': writeConfig('GPT2Tokenizer', contextLength),
    'vocab.json': JSON.stringify(modelVocab(vocabulary)),
    'merges.txt': `#version: 0.2\n${lines.join('')}`,
  };
}

export interface Characters {
  readonly characters: readonly string[];
  readonly specialTokens: SpecialTokens;
  readonly unknown: 'error' | 'replace';
}

/**
 * Returns the files of a character tokenizer for transformers, which reports an unknown character without naming it.
 */
export function characterFiles(
  { characters, specialTokens, unknown }: Characters,
  contextLength: number,
): Files {
  const unknownToken = unknown === 'replace' ? '\ufffd' : 'unknown character'; // the latter is no token
  return {
    'tokenizer.json': writeHuggingFaceCharacters(characters, specialTokens, unknownToken),
    'tokenizer_config.json': writeConfig('PreTrainedTokenizerFast', contextLength),
  };
}

function writeConfig(tokenizerClass: string, contextLength: number): string {
  const config = {
    tokenizer_class: tokenizerClass,
    bos_token: endOfTextToken,
    eos_token: endOfTextToken,
    ...(tokenizerClass === 'GPT2Tokenizer' && { unk_token: endOfTextToken }),
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    model_max_length: contextLength,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

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

/** Returns ids by spelling of all tokens, except ordinary added tokens. */
function modelVocab({
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
 * Writes a character tokenizer as a tokenizer.json with words of one character each. Unknown characters become
 * `unknownToken`; if it is not a token, they are errors.
 */
function writeHuggingFaceCharacters(
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
    added_tokens: [...added.values()].sort((a, b) => a.id - b.id).map(addedTokenJson),
    normalizer: null,
    pre_tokenizer,
    post_processor: null,
    decoder,
    model,
  };
  return JSON.stringify(file, null, 2) + '\n';
}

/** Returns a token as an entry of `added_tokens` in a tokenizer.json. */
export function addedTokenJson(token: AddedToken): object {
  return {
    id: token.id,
    content: token.content,
    single_word: token.isSingleWord,
    lstrip: token.stripsLeft,
    rstrip: token.stripsRight,
    normalized: token.isNormalized,
    special: token.isSpecial,
  };
}

/** Functions that encode whole texts with a space in front, and decode a model's output without it. */
export interface SpacedText {
  readonly encode: (text: string) => Int32Array;
  /** Decodes ids and skips special tokens. */
  readonly decode: (tokens: readonly number[]) => string;
}

/**
 * Encodes texts with a space in front, which decoding removes. A word is then the same token at the beginning of a text
 * and inside it.
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

/** A byte-level BPE as data, as in a Hugging Face tokenizer.json. */
export interface BpeVocabulary {
  /**
   * Token of every id, spelled in GPT-2's byte alphabet (see `spellBytes`). Special and added tokens have their
   * content instead.
   */
  readonly spellings: readonly string[];
  readonly specialTokens: SpecialTokens;
  /** Ordinary added tokens, and special tokens with options such as `stripsLeft`. */
  readonly addedTokens?: readonly AddedToken[];
  /** Token id of every byte value. */
  readonly byteIds: Int32Array;
  /** Merges in the order in which they apply. */
  readonly merges: readonly Merge[];
}

/** Maximum number of merges: a merge's rank and a position share one number in the encoder's heap. */
export const MAX_MERGES = 2 ** 21;

/** Ids of two neighbouring tokens, and of the token that they become. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly merged: number;
}

/** The merges of a byte-pair encoding, in the order in which they apply. */
export class MergeTable {
  /** Token id of every byte value; empty if the merges do not start from bytes. */
  readonly byteIds: Int32Array;
  readonly #ranks = new Map<number, number>();
  readonly #mergedIds: number[] = [];

  constructor(byteIds: Int32Array = new Int32Array()) {
    this.byteIds = byteIds;
  }

  /** Appends a merge, which gets the next higher rank. Pairs of lower rank merge first. */
  add({ left, right, merged }: Merge): void {
    this.#ranks.set(left * MAX_VOCAB_SIZE + right, this.#mergedIds.length);
    this.#mergedIds.push(merged);
  }

  /** Returns the rank of a pair of token ids, from 0; `undefined` if the pair never merges. */
  rank(left: number, right: number): number | undefined {
    return this.#ranks.get(left * MAX_VOCAB_SIZE + right);
  }

  /** Returns the id of the token into which the pair of a rank merges. */
  mergedId(rank: number): number {
    return this.#mergedIds[rank];
  }
}
