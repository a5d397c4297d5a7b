import { assembleTokenizer } from './assemble-tokenizer.js';
import { bytePairEncoder, readSpelledBytes } from './byte-pair-encoder.js';
import { endOfTextToken, type SpecialTokens, spelledName, type Tokenizer } from './tokenizer.js';
import {
  type BpeVocabulary,
  MergeTable,
  modelVocab,
  writeHuggingFace,
  writeHuggingFaceCharacters,
} from './write-hugging-face.js';

type Files = Readonly<Record<string, string>>;

/**
 * Returns the files of a byte-level BPE for transformers, in the old form (vocab.json, merges.txt) and the
 * new one.
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
