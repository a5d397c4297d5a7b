export { huggingFaceFiles, huggingFaceTokenizer, loadTokenizer } from './load-tokenizer.js';
export {
  type CharacterOptions,
  type TextOrigin,
  trainCharacters,
  UnknownCharacterError,
  type UnknownCharacters,
} from './character-tokenizer.js';
export { byteTokenizer, gpt2Tokenizer } from './byte-pair-tokenizers.js';
export {
  type ContinuationOptions,
  type EncodeOptions,
  endOfTextToken,
  MAX_VOCAB_SIZE,
  type SpecialTokenOptions,
  type StreamDecoder,
  type Texts,
  type Tokenizer,
  type TokenizerKind,
  type TokenizerVocabulary,
  vocabularyOf,
} from './tokenizer.js';
export { type Expression, parseExpression } from './pipeline/parse-expression.js';
export { readTokenizer, type TokenizerSettings } from './pipeline/read-tokenizer.js';
export { spacedText, type SpacedText } from './write-hugging-face.js';
export { trainBpe, type BpeOptions } from './train-bpe.js';
