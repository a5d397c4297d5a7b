import { isObject, type JsonObject } from '@ramble/core/files';

/** Rules by which a byte-level BPE splits text into words, with their names in GGUF files. */
export interface PreTokenizer {
  /** Names in llama.cpp. The first one is used for writing. */
  readonly names: readonly string[];
  /** Patterns that split text one after another. `DIGITS` means a split at each digit, `GPT2` means GPT-2's pattern. */
  readonly steps: readonly string[];
  /** Whether a whole word that is in the vocabulary is one token, regardless of the merges. */
  readonly ignoresMerges?: boolean;
  /** Whether text is normalized to NFC first. */
  readonly isNormalized?: boolean;
  /** Whether llama.cpp begins a text with the bos token, unless the file has a key for it. */
  readonly addsBos?: boolean;
}

const [DIGITS, GPT2] = ['DIGITS', 'GPT2'];
const words = (digits: string): string =>
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const cased = (suffix: string, digits: string): string => {
  const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
  const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
  const start = String.raw`[^\r\n\p{L}\p{N}]?`;
  return String.raw`${start}${upper}*${lower}+${suffix}|${start}${upper}+${lower}*${suffix}|${digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
};
const THREE = String.raw`\p{N}{1,3}`;
const ONE = String.raw`\p{N}`;

/** Supported pre-tokenizers. */
export const PRE_TOKENIZERS: readonly PreTokenizer[] = [
  { names: ['gpt-2', 'olmo', 'phi-2', 'mpt', 'jais'], steps: [GPT2] },
  { names: ['smollm', 'starcoder', 'refact', 'command-r'], steps: [DIGITS, GPT2] },
  {
    names: ['llama-bpe', 'llama3', 'llama-v3', 'falcon3'],
    steps: [words(THREE)],
    ignoresMerges: true,
    addsBos: true,
  },
  { names: ['dbrx', 'smaug-bpe'], steps: [words(THREE)] },
  { names: ['qwen2', 'deepseek-r1-qwen'], steps: [words(ONE)], isNormalized: true },
  { names: ['stablelm2'], steps: [words(ONE)] },
  { names: ['gpt-4o'], steps: [cased(`(?i:'s|'t|'re|'ve|'m|'ll|'d)?`, THREE)] },
  { names: ['tekken'], steps: [cased('', ONE)], ignoresMerges: true, addsBos: true },
  {
    names: ['default'],
    steps: [
      String.raw`[\p{P}\$\+<=>\^~\|]+`,
      String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)`,
      String.raw`\p{N}+`,
      '[0-9][0-9][0-9]',
    ],
  },
];

/** Returns the `pre_tokenizer` of a tokenizer.json with the given steps, in the form of `PreTokenizer.steps`. */
export function preTokenizerJson(steps: readonly string[]): JsonObject {
  const cuts = steps.filter((step) => step !== GPT2);
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: steps.includes(GPT2),
  };
  if (cuts.length === 0) return byteLevel;
  const split = (step: string): JsonObject =>
    step === DIGITS
      ? { type: 'Digits', individual_digits: true }
      : { type: 'Split', pattern: { Regex: step }, behavior: 'Isolated', invert: false };
  return { type: 'Sequence', pretokenizers: [...cuts.map(split), byteLevel] };
}

/**
 * Returns the steps of a tokenizer.json's `pre_tokenizer`, in the form of `PreTokenizer.steps`.
 *
 * @returns `undefined` if it is not byte-level or has other kinds of steps.
 */
export function stepsOf(json: unknown): readonly string[] | undefined {
  const parts = isObject(json) && json.type === 'Sequence' ? json.pretokenizers : [json];
  if (!Array.isArray(parts)) return undefined;
  const steps: string[] = [];
  let isByteLevel = false;
  for (const part of parts as unknown[]) {
    if (!isObject(part)) return undefined;
    const { type, pattern } = part;
    if (type === 'ByteLevel' && part.add_prefix_space !== true) {
      isByteLevel = true;
      if (part.use_regex !== false) steps.push(GPT2);
    } else if (type === 'Digits' && part.individual_digits === true) {
      steps.push(DIGITS);
    } else if (type === 'Split' && isObject(pattern) && typeof pattern.Regex === 'string') {
      if (part.behavior !== 'Isolated' || part.invert === true) return undefined;
      steps.push(pattern.Regex);
    } else {
      return undefined;
    }
  }
  return isByteLevel ? steps : undefined;
}

/** Types of tokens in a GGUF file: the numbers in `tokenizer.ggml.token_type`. */
export const TOKEN_TYPES = {
  normal: 1,
  unknown: 2,
  /** A token that ends a text or separates its parts; it is never shown. */
  control: 3,
  /** A token that is matched in a text before all others and appears in output. */
  userDefined: 4,
  /** An id of the model's vocabulary that has no token. */
  unused: 5,
  /** One byte, for text whose characters are not in the vocabulary. */
  byte: 6,
} as const;

/** A space as SentencePiece writes it. */
export const SPACE = '\u2581';

/** A pair of tokens that merge into a third one. */
export type Merge = readonly [left: string, right: string];

/** Maximum number of characters of a vocabulary piece that gets merges. No published vocabulary has longer pieces. */
const MAX_CHARACTERS = 512;
/** Maximum number of merges: twice the number for Gemma 3's 262,144 pieces. */
const MAX_MERGES = 2 ** 20;
/** Maximum number of characters of all merges together. Gemma 3 has about seven million. */
const MAX_TEXT = 2 ** 26;

/**
 * Returns the merges of a SentencePiece vocabulary. GGUF and SentencePiece files contain a score for each piece
 * instead: the pair whose joint piece has the best score merges first. Each way to split a piece into two pieces is a
 * merge. Merges of the same piece are sorted by the ids of the parts, as in transformers.
 *
 * @param pieces - Ids and scores of all pieces that text can become, by piece.
 * @throws RangeError if the vocabulary has far more merges than any published one.
 */
export function mergesOfScores(
  pieces: ReadonlyMap<string, { readonly id: number; readonly score: number }>,
): Merge[] {
  const merges: { readonly pair: Merge; readonly score: number }[] = [];
  let length = 0;
  for (const [piece, { score }] of pieces) {
    const characters = Array.from(piece);
    if (characters.length > MAX_CHARACTERS) continue;
    const cuts: { readonly pair: Merge; readonly left: number; readonly right: number }[] = [];
    let at = 0;
    for (const character of characters.slice(0, -1)) {
      at += character.length;
      const pair = [piece.slice(0, at), piece.slice(at)] as const;
      const [left, right] = pair.map((part) => pieces.get(part)?.id);
      if (left !== undefined && right !== undefined) cuts.push({ pair, left, right });
    }
    cuts.sort((a, b) => a.left - b.left || a.right - b.right);
    for (const { pair } of cuts) merges.push({ pair, score });
    length += cuts.length * piece.length;
    if (merges.length > MAX_MERGES || length > MAX_TEXT) {
      throw new RangeError(
        `tokenizer.ggml.tokens: expected pieces that ${MAX_MERGES} merges of ${MAX_TEXT} characters in all can make, got more; use another tokenizer`,
      );
    }
  }
  return merges.sort((a, b) => b.score - a.score).map(({ pair }) => pair); // a stable sort
}
