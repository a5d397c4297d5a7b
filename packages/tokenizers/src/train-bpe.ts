import { bpeTokenizer } from './bpe-tokenizer.js';
import { MAX_VOCAB_SIZE } from './max-vocab-size.js';
import { countWords } from './count-words.js';
import { learnMerges } from './learn-merges.js';
import { numberSpecialTokens, spelledName } from './special-tokens.js';
import { type SpecialTokenOptions, type Texts, type Tokenizer } from './tokenizer.js';

export interface BpeOptions extends SpecialTokenOptions {
  /** Ids in all: the special tokens, 256 bytes, and a merge for each of the rest. */
  readonly vocabSize: number;
}

/**
 * Trains a byte-level byte-pair encoding on text cut as GPT-2 cuts it. Ids are those that Hugging
 * Face tokenizers gives: special tokens, bytes, merges; ties fall as they do there.
 *
 * A text with fewer pairs gives a smaller vocabulary: `vocabSize` of the result says how large.
 *
 * @param texts - One text, or several as they come; nothing merges from one into the next.
 * @throws RangeError when `vocabSize` leaves no room for the bytes, when there is no text, and when a
 *   special token's name is empty, comes twice or is spelled by a learned token.
 */
export async function trainBpe(
  texts: Texts,
  { vocabSize, specialTokens = [] }: BpeOptions,
): Promise<Tokenizer> {
  const specials = numberSpecialTokens(specialTokens, 0);
  const smallest = specials.size + 256;
  if (!Number.isInteger(vocabSize) || vocabSize < smallest || vocabSize > MAX_VOCAB_SIZE) {
    throw new RangeError(
      `vocabSize: expected a whole number from ${smallest} (special tokens and bytes) ` +
        `to ${MAX_VOCAB_SIZE}, got ${vocabSize}`,
    );
  }
  const words = await countWords(typeof texts === 'string' ? [texts] : texts);
  if (words.size === 0) throw new RangeError('texts: expected some text, got none');

  const { spellings, byteIds, merges } = learnMerges(words, specials.size, vocabSize);
  const spelled = spellings.find((spelling) => specials.has(spelling));
  if (spelled !== undefined) throw spelledName(spelled);
  return bpeTokenizer({
    spellings: [...specials.keys(), ...spellings],
    specialTokens: specials,
    byteIds,
    merges,
  });
}
