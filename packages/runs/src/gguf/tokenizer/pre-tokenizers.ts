import { isObject, type JsonObject } from '@ramble/core/files';

/** Rules by which a byte-level BPE cuts a text into words, with their names in GGUF files. */
export interface PreTokenizer {
  /** Names in llama.cpp; the first is written. */
  readonly names: readonly string[];
  /** Patterns that cut in turn. `DIGITS` stands for a cut at each digit, `GPT2` for GPT-2's pattern. */
  readonly steps: readonly string[];
  /** Whether a whole word that is in the vocabulary is one token, whatever the merges say. */
  readonly ignoresMerges?: boolean;
  /** Whether text is put into the normal form NFC first. */
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

/** The pre-tokenizers of the models that are read. */
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

/** The `pre_tokenizer` of a tokenizer.json that cuts in these steps. */
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
 * The steps of a `pre_tokenizer` of a tokenizer.json.
 *
 * @returns `undefined` when it is no byte-level one in such steps.
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
  /** A token that is matched in a text before all others, and is shown. */
  userDefined: 4,
  /** A row of the model without a token. */
  unused: 5,
  /** One byte of a character that is no token. */
  byte: 6,
} as const;

/** A space as SentencePiece writes it. */
export const SPACE = '\u2581';

/** A pair of tokens that join into a third one. */
export type Merge = readonly [left: string, right: string];

/** Pieces are no longer than this in any published vocabulary; of a longer one no merge is made. */
const MAX_CHARACTERS = 512;
/** Twice as many as the 262,144 pieces of Gemma 3 have. */
const MAX_MERGES = 2 ** 20;
/** Gemma 3 has about seven million. */
const MAX_TEXT = 2 ** 26;

/**
 * The merges of a SentencePiece vocabulary, which GGUF files and SentencePiece's own hold as a score for
 * each piece: of two pieces that can be joined, those with the better joint score are joined first. Each
 * way to cut a piece into two pieces is a merge; of one piece they are sorted by the ids of the parts, as
 * transformers sorts them.
 *
 * @param pieces - Every piece that text can become, by id.
 * @throws RangeError when there are far more merges than any published vocabulary has.
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
