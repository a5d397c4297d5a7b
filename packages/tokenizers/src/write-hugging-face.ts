import { type AddedToken, plainSpecialToken } from './added-tokens.js';
import { type BpeVocabulary } from './bpe-vocabulary.js';
import { type SpecialTokens } from './special-tokens.js';

/** Writes a byte-level BPE as the tokenizer.json that Hugging Face tokenizers reads. */
export function writeHuggingFace(vocabulary: BpeVocabulary): string {
  const { spellings, specialTokens, addedTokens = [], merges } = vocabulary;
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  return formatTokenizer(specialTokens, addedTokens, {
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
      vocab: modelVocab(vocabulary),
      merges: merges.map(({ left, right }) => `${spellings[left]} ${spellings[right]}`),
    },
  });
}

/** Spelling -> id of all tokens but the ordinary ones that were added to the vocabulary. */
export function modelVocab({
  spellings,
  addedTokens = [],
  byteIds,
  merges,
}: BpeVocabulary): Record<string, number> {
  const made = new Set([...byteIds, ...merges.map(({ merged }) => merged)]);
  const added = addedTokens.filter(({ id, isSpecial }) => !isSpecial && !made.has(id));
  const left = new Set(added.map(({ id }) => id));
  const all = spellings.map((spelling, id) => [spelling, id] as const);
  return Object.fromEntries(all.filter(([, id]) => !left.has(id)));
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
  return formatTokenizer(specialTokens, [], {
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
  addedTokens: readonly AddedToken[],
  {
    pre_tokenizer,
    decoder,
    model,
  }: Readonly<Record<'pre_tokenizer' | 'decoder' | 'model', object>>,
): string {
  const added = new Map(
    Array.from(specialTokens, ([content, id]) => [id, plainSpecialToken(content, id)]),
  );
  for (const token of addedTokens) added.set(token.id, token);
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...added.values()]
      .sort((a, b) => a.id - b.id)
      .map((token) => ({
        id: token.id,
        content: token.content,
        single_word: token.isSingleWord,
        lstrip: token.stripsLeft,
        rstrip: token.stripsRight,
        normalized: token.isNormalized,
        special: token.isSpecial,
      })),
    normalizer: null,
    pre_tokenizer,
    post_processor: null,
    decoder,
    model,
  };
  return JSON.stringify(file, null, 2) + '\n';
}
