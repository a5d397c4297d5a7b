import { type BpeVocabulary } from './bpe-vocabulary.js';
import { endOfTextToken, type SpecialTokens } from './special-tokens.js';
import { modelVocab, writeHuggingFace, writeHuggingFaceCharacters } from './write-hugging-face.js';

type Files = Readonly<Record<string, string>>;

/** A byte-level BPE as transformers loads it, the old way (vocab.json, merges.txt) and the new one. */
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

/** Characters as transformers loads them. It names an unknown one no more closely than "unknown". */
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
