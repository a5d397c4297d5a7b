import { assembleTokenizer } from './assemble-tokenizer.js';
import {
  byteAlphabet,
  bytePairEncoder,
  mergeBytes,
  readSpelledBytes,
  spellBytes,
} from './byte-pair-encoder.js';
import {
  numberSpecialTokens,
  type SpecialTokenOptions,
  type SpecialTokens,
  spelledName,
  type Tokenizer,
  writeSettings,
} from './tokenizer.js';
import {
  bpeFiles,
  type BpeVocabulary,
  type Merge,
  MergeTable,
  writeHuggingFace,
} from './write-hugging-face.js';

/**
 * Loads GPT-2's tokenizer: 50,257 ids, the last for `<|endoftext|>`, then the given special tokens.
 *
 * The first call loads the table of the package gpt-tokenizer. Its encoder is not used: it splits words by
 * JavaScript's white space, which differs from GPT-2's at U+0085 and U+FEFF, and needs quadratic time for a
 * long word.
 *
 * @throws RangeError if a special token's name is empty or occurs twice.
 * @see Radford et al. 2019, section 2.2
 */
export async function gpt2Tokenizer({
  specialTokens = [],
}: SpecialTokenOptions = {}): Promise<Tokenizer> {
  const { default: table } = await import('gpt-tokenizer/bpeRanks/r50k_base');
  const encoder = new TextEncoder();
  const tokens = table.map((token) =>
    typeof token === 'string' ? encoder.encode(token) : Uint8Array.from(token),
  );
  const byteIds = new Int32Array(256);
  tokens.slice(0, 256).forEach(([byte], id) => (byteIds[byte] = id));
  const merges = recoverMerges(tokens, byteIds);
  const assemble = (specials: SpecialTokens): Tokenizer =>
    assembleTokenizer({
      kind: 'gpt2',
      tokens,
      specialTokens: specials,
      encodeText: bytePairEncoder(merges.table),
      write: () => writeSettings('gpt2', specials, {}),
      extend: assemble,
      toHuggingFace: (contextLength) => {
        const spellings = [...tokens.map(spellBytes), ...specials.keys()];
        const vocabulary = { spellings, specialTokens: specials, byteIds, merges: merges.list };
        return bpeFiles(vocabulary, contextLength);
      },
    });
  return assemble(numberSpecialTokens(specialTokens, tokens.length));
}

/**
 * Recovers the merges from tokens in the order in which they were learned: applying the earlier merges to the bytes of
 * a token leaves two tokens, whose merge forms it.
 */
function recoverMerges(
  tokens: readonly Uint8Array[],
  byteIds: Int32Array,
): { table: MergeTable; list: readonly Merge[] } {
  const table = new MergeTable(byteIds);
  const list: Merge[] = [];
  for (let merged = 256; merged < tokens.length; merged++) {
    const [left, right] = mergeBytes(tokens[merged], table);
    const merge = { left, right, merged };
    table.add(merge);
    list.push(merge);
  }
  return { table, list };
}

/** Makes a tokenizer from a byte-level BPE that was trained or read. */
export function bpeTokenizer(vocabulary: BpeVocabulary): Tokenizer {
  const { spellings, specialTokens, addedTokens, byteIds, merges } = vocabulary;
  const table = new MergeTable(byteIds);
  for (const merge of merges) table.add(merge);
  return assembleTokenizer({
    kind: 'bpe',
    // Only added tokens may be outside the byte alphabet; their bytes are filled in later.
    tokens: spellings.map((spelling) => readSpelledBytes(spelling) ?? new Uint8Array()),
    specialTokens,
    addedTokens,
    encodeText: bytePairEncoder(table),
    extend: (more) => bpeTokenizer(extended(vocabulary, more)),
    write: () => writeHuggingFace(vocabulary),
    toHuggingFace: (contextLength) => bpeFiles(vocabulary, contextLength),
  });
}

function extended(vocabulary: BpeVocabulary, specialTokens: SpecialTokens): BpeVocabulary {
  const names = [...specialTokens.keys()].filter((name) => !vocabulary.specialTokens.has(name));
  const spelled = names.find((name) => vocabulary.spellings.includes(name));
  if (spelled !== undefined) throw spelledName(spelled);
  return { ...vocabulary, spellings: [...vocabulary.spellings, ...names], specialTokens };
}

/**
 * Makes a tokenizer with an id for each of the 256 byte values, followed by the special tokens, first
 * `<|endoftext|>` as 256. It needs no training and encodes every text.
 *
 * @throws RangeError if a special token's name is empty or occurs twice.
 */
export function byteTokenizer({ specialTokens = [] }: SpecialTokenOptions = {}): Tokenizer {
  const encoder = new TextEncoder();
  const specials = numberSpecialTokens(specialTokens, 256);
  return assembleTokenizer({
    kind: 'bytes',
    tokens: Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    specialTokens: specials,
    encodeText: (text, from, to, ids) => {
      for (const byte of encoder.encode(text.slice(from, to))) ids.push(byte);
    },
    write: () => writeSettings('bytes', specials, {}),
    extend: (more) => byteTokenizer({ specialTokens: [...more.keys()] }),
    // This is a byte-pair encoding without merges.
    toHuggingFace: (contextLength) =>
      bpeFiles(
        {
          spellings: [...byteAlphabet, ...specials.keys()],
          specialTokens: specials,
          byteIds: Int32Array.from(byteAlphabet, (_, byte) => byte),
          merges: [],
        },
        contextLength,
      ),
  });
}
