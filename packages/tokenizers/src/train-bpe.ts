import { byteAlphabet, wordEnd } from './byte-pair-encoder.js';
import { Heap } from './heap.js';
import { bpeTokenizer } from './byte-pair-tokenizers.js';
import {
  MAX_VOCAB_SIZE,
  numberSpecialTokens,
  type SpecialTokenOptions,
  spelledName,
  type Texts,
  type Tokenizer,
} from './tokenizer.js';
import { detach } from './utf8.js';
import type { Merge } from './write-hugging-face.js';

export interface BpeOptions extends SpecialTokenOptions {
  /** Number of ids: the special tokens, 256 bytes, and merges for the rest. */
  readonly vocabSize: number;
}

/**
 * Trains a byte-level byte-pair encoding with GPT-2's pre-tokenizer. Ids and ties equal Hugging Face's
 * tokenizers: special tokens, bytes, then merges.
 *
 * If the text has too few pairs, the vocabulary is smaller; see `vocabSize` of the result.
 *
 * @param texts - One text, or several as an iterable. Merges never cross from one text into the next.
 * @throws RangeError if `vocabSize` is too small for the bytes, if the text is empty, or if a special token's
 *   name is empty, occurs twice or equals a learned token.
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

export interface LearnedMerges {
  /**
   * Tokens spelled in GPT-2's byte alphabet, by id minus the lowest id of a byte: the 256 bytes, then the merged
   * tokens.
   */
  readonly spellings: readonly string[];
  /** Token id of every byte value. */
  readonly byteIds: Int32Array;
  readonly merges: readonly Merge[];
}

/**
 * Learns a byte-pair encoding: repeatedly turns the most frequent pair of neighbours into a token, until
 * `vocabSize` ids are taken or no pair is left. Ids and ties equal Hugging Face's tokenizers: bytes in the
 * order of the byte alphabet's code points, then the merges in order. Among equally frequent pairs, the one
 * with the smaller (left id, right id) is merged first.
 *
 * @param words - Word -> number of its occurrences.
 * @param firstId - Id of the first byte; lower ids are special tokens.
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
    // If two merges spell the same token, it keeps its id, as in Hugging Face tokenizers.
    const merged = idOf.get(spelling) ?? firstId + spellings.push(spelling) - 1;
    idOf.set(spelling, merged);
    corpus.merge(pair, merged);
    merges.push({ left, right, merged });
  }
  return { spellings, byteIds, merges };
}

/** Ids of two neighbouring tokens, with the number and the positions of their occurrences. */
export interface Pair {
  readonly left: number;
  readonly right: number;
  /** Number of occurrences of the pair in the text. */
  count: number;
  /**
   * Positions of `left` in the corpus. A position may be stale, if its token has merged with another neighbour since.
   */
  readonly positions: number[];
}

/**
 * The words of a corpus during training, and the number of occurrences of each pair.
 *
 * Every distinct word is stored once, as a linked list of tokens. A merge only visits the positions of its
 * pair and updates the counts of neighbouring pairs. A pair whose count grew is queued again; a count that
 * fell is corrected when the queue reaches it.
 */
export class MergingCorpus {
  /** Token at every position; `NONE` if the token was merged into its left neighbour. */
  readonly #ids: Int32Array;
  /** Position of the right and the left neighbour in the word, or `NONE`. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Number of occurrences of the word that contains a position. */
  readonly #weights: Float64Array;
  readonly #pairs = new Map<number, Pair>();
  readonly #queue = new Heap<Candidate>(isBefore);

  /**
   * Creates a corpus from words and their counts.
   *
   * @param words - Word -> number of its occurrences.
   */
  constructor(words: ReadonlyMap<string, number>, byteIds: Int32Array) {
    const encoder = new TextEncoder();
    const encoded = Array.from(words, ([word, count]) => ({ bytes: encoder.encode(word), count }));
    const length = encoded.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#ids = new Int32Array(length);
    this.#next = new Int32Array(length).fill(NONE);
    this.#previous = new Int32Array(length).fill(NONE);
    this.#weights = new Float64Array(length);
    let at = 0;
    for (const { bytes, count } of encoded) {
      for (let index = 0; index < bytes.length; index++, at++) {
        this.#ids[at] = byteIds[bytes[index]];
        this.#weights[at] = count;
        if (index === 0) continue;
        this.#previous[at] = at - 1;
        this.#next[at - 1] = at;
        this.#count(at - 1);
      }
    }
    for (const pair of this.#pairs.values()) this.#enqueue(pair);
  }

  /** Removes and returns the most frequent pair; on a tie, the one with the smaller (left id, right id). */
  mostFrequentPair(): Pair | undefined {
    for (;;) {
      const candidate = this.#queue.pop();
      if (candidate === undefined) return undefined;
      if (candidate.count === candidate.pair.count) return candidate.pair;
      this.#enqueue(candidate.pair);
    }
  }

  /** Replaces all occurrences of the pair by one token, from left to right. */
  merge(pair: Pair, merged: number): void {
    const grown = new Set<Pair>();
    for (const at of pair.positions.sort((a, b) => a - b)) {
      const absorbed = this.#next[at];
      if (this.#ids[at] !== pair.left || absorbed === NONE) continue;
      if (this.#ids[absorbed] !== pair.right) continue;
      const before = this.#previous[at];
      const after = this.#next[absorbed];
      this.#uncount(before);
      this.#uncount(at);
      this.#uncount(absorbed);
      this.#ids[at] = merged;
      this.#ids[absorbed] = NONE;
      this.#next[at] = after;
      if (after !== NONE) this.#previous[after] = at;
      if (before !== NONE) grown.add(this.#count(before));
      if (after !== NONE) grown.add(this.#count(at));
    }
    this.#pairs.delete(keyOf(pair.left, pair.right));
    for (const other of grown) this.#enqueue(other);
  }

  /** Adds the pair that begins at a position to the counts, and returns it. */
  #count(at: number): Pair {
    const [left, right] = [this.#ids[at], this.#ids[this.#next[at]]];
    const key = keyOf(left, right);
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, count: 0, positions: [] };
      this.#pairs.set(key, pair);
    }
    pair.count += this.#weights[at];
    pair.positions.push(at);
    return pair;
  }

  /** Subtracts the pair that begins at a position, if there is one, from the counts. */
  #uncount(at: number): void {
    if (at === NONE || this.#next[at] === NONE) return;
    const pair = this.#pairs.get(keyOf(this.#ids[at], this.#ids[this.#next[at]]));
    if (pair !== undefined) pair.count -= this.#weights[at];
  }

  #enqueue(pair: Pair): void {
    if (pair.count > 0) this.#queue.push({ pair, count: pair.count });
  }
}

/** A pair in the queue, with its count when it was added. */
interface Candidate {
  readonly pair: Pair;
  readonly count: number;
}

function keyOf(left: number, right: number): number {
  return left * MAX_VOCAB_SIZE + right;
}

function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}

/** Marker of a missing token or neighbour. */
const NONE = -1;

/** Counts the occurrences of each word into which GPT-2's pre-tokenizer splits texts. No word spans two texts. */
export async function countWords(
  texts: Iterable<string> | AsyncIterable<string>,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const text of texts) {
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = wordEnd(text, start, text.length);
      const slice = text.slice(start, end);
      const word = counts.has(slice) ? slice : detach(slice);
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}
