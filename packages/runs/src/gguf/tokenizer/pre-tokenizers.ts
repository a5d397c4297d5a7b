import { isObject, type JsonObject } from '@ramble/core/files';

/** How a byte-level BPE cuts a text into words, under the name that GGUF files have for it. */
export interface PreTokenizer {
  /** Names that llama.cpp has for it; the first is written. */
  readonly names: readonly string[];
  /** Patterns that cut one after the other, or `DIGITS`, each digit apart, or `GPT2`, GPT-2's own. */
  readonly steps: readonly string[];
  /** Whether a whole word that is in the vocabulary is one token, whatever the merges say. */
  readonly ignoresMerges?: boolean;
  /** Whether text is put into the normal form NFC first. */
  readonly isNormalized?: boolean;
  /** Whether llama.cpp begins a text with the bos token where the file does not say. */
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
