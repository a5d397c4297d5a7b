import { byteAlphabet } from './byte-alphabet.js';
import { MergingCorpus } from './merging-corpus.js';
import { type Merge } from './merge-table.js';

export interface LearnedMerges {
  /** The tokens from `firstId` on in the byte alphabet: 256 bytes, then what the merges make. */
  readonly spellings: readonly string[];
  /** The id of every byte. */
  readonly byteIds: Int32Array;
  readonly merges: readonly Merge[];
}

/**
 * Learns a byte-pair encoding: the most frequent pair of neighbours becomes a token, again and again,
 * until `vocabSize` ids are taken or no pair is left. Ids and ties are those of Hugging Face
 * tokenizers: bytes in the order of their stand-ins' code points, then the merges in order; of equally
 * frequent pairs the one with the smaller (left id, right id).
 *
 * @param words - Word -> how often it occurs.
 * @param firstId - Id of the first byte; those below are special tokens.
 * @see Sennrich et al. 2016, https://arxiv.org/abs/1508.07909, algorithm 1
 */
export function learnMerges(
  words: ReadonlyMap<string, number>,
  firstId: number,
  vocabSize: number,
): LearnedMerges {
  const spellings = [...byteAlphabet].sort();
  const idOf = new Map(spellings.map((spelling, index) => [spelling, firstId + index]));
  const byteIds = Int32Array.from(byteAlphabet, (byte) => firstId + spellings.indexOf(byte));
  const corpus = new MergingCorpus(words, byteIds);
  const merges: Merge[] = [];
  while (firstId + spellings.length < vocabSize) {
    const pair = corpus.mostFrequentPair();
    if (pair === undefined) break;
    const { left, right } = pair;
    const spelling = spellings[left - firstId] + spellings[right - firstId];
    // Should two merges ever spell the same token, it keeps its id, as in Hugging Face tokenizers.
    const merged = idOf.get(spelling) ?? firstId + spellings.push(spelling) - 1;
    idOf.set(spelling, merged);
    corpus.merge(pair, merged);
    merges.push({ left, right, merged });
  }
  return { spellings, byteIds, merges };
}
