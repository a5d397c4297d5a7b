export { byteTokenizer } from './byte-tokenizer.js';
export { type CharacterOptions, type UnknownCharacters } from './character-tokenizer.js';
export { gpt2Tokenizer } from './gpt2-tokenizer.js';
export { huggingFaceFiles, huggingFaceTokenizer } from './hugging-face-tokenizer.js';
export { loadTokenizer } from './load-tokenizer.js';
export { MAX_VOCAB_SIZE } from './max-vocab-size.js';
export { readTokenizer, type TokenizerSettings } from './pipeline/read-tokenizer.js';
export { spacedText, type SpacedText } from './spaced-text.js';
export { endOfTextToken } from './special-tokens.js';
export {
  type ContinuationOptions,
  type EncodeOptions,
  type SpecialTokenOptions,
  type StreamDecoder,
  type Texts,
  type Tokenizer,
  type TokenizerKind,
} from './tokenizer.js';
export { trainBpe, type BpeOptions } from './train-bpe.js';
export { type TextOrigin, UnknownCharacterError } from './unknown-character-error.js';
export { trainCharacters } from './train-characters.js';
