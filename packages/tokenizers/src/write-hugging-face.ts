import { type BpeVocabulary } from './bpe-vocabulary.js';

/** Writes a byte-level BPE as the tokenizer.json that Hugging Face tokenizers reads. */
export function writeHuggingFace({ spellings, specialTokens, merges }: BpeVocabulary): string {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
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
    pre_tokenizer: { ...byteLevel, use_regex: true },
    post_processor: null,
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
  };
  return JSON.stringify(file, null, 2) + '\n';
}
