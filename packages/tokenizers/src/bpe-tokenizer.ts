import { assembleTokenizer } from './assemble-tokenizer.js';
import { type BpeVocabulary } from './bpe-vocabulary.js';
import { readSpelledBytes } from './byte-alphabet.js';
import { bytePairEncoder } from './byte-pair-encoder.js';
import { MergeTable } from './merge-table.js';
import { bpeFiles } from './hugging-face-files.js';
import { type SpecialTokens, spelledName } from './special-tokens.js';
import { type Tokenizer } from './tokenizer.js';
import { writeHuggingFace } from './write-hugging-face.js';

/** Makes a tokenizer of a byte-level BPE that was trained or read. */
export function bpeTokenizer(vocabulary: BpeVocabulary): Tokenizer {
  const { spellings, specialTokens, addedTokens, byteIds, merges } = vocabulary;
  const table = new MergeTable(byteIds);
  for (const merge of merges) table.add(merge);
  return assembleTokenizer({
    kind: 'bpe',
    // Only an added token need not be in the alphabet; its bytes are filled in later.
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
