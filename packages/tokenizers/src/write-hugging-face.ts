import { type BpeVocabulary } from './bpe-vocabulary.js';
import { type SpecialTokens } from './special-tokens.js';

/** Writes a byte-level BPE as the tokenizer.json that Hugging Face tokenizers reads. */
export function writeHuggingFace({ spellings, specialTokens, merges }: BpeVocabulary): string {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  return formatTokenizer(specialTokens, {
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
      vocab: Object.fromEntries(spellings.map((spelling, id) => [spelling, id])),
      merges: merges.map(({ left, right }) => `${spellings[left]} ${spellings[right]}`),
    },
  });
}

/**
 * Writes characters as a tokenizer.json: words of one character each. An unknown one is read as the
 * last argument, or is an error where that is no token.
 */
export function writeHuggingFaceCharacters(
  characters: readonly string[],
  specialTokens: SpecialTokens,
  unknownToken: string,
): string {
  const all = [...characters, ...specialTokens.keys()];
  return formatTokenizer(specialTokens, {
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
  {
    pre_tokenizer,
    decoder,
    model,
  }: Readonly<Record<'pre_tokenizer' | 'decoder' | 'model', object>>,
): string {
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Array.from(specialTokens, ([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer,
    post_processor: null,
    decoder,
    model,
  };
  return JSON.stringify(file, null, 2) + '\n';
}
