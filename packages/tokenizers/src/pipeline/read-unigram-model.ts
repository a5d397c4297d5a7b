import { type JsonField } from '../json-field.js';
import { MAX_VOCAB_SIZE } from '../tokenizer.js';
import { type EncodeWord, pieceEncoder } from './words.js';

/**
 * Reads a unigram language model, `model.type` Unigram. A word becomes the sequence of tokens with the largest
 * product of probabilities; on a tie, the sequence with the longest last token. The search equals Hugging Face's,
 * including the order of floating-point additions.
 *
 * @param hidden - Tokens that no text can produce. SentencePiece scores them 0, which would be the best score.
 * @throws RangeError that names the field that is malformed.
 * @see Kudo 2018, https://arxiv.org/abs/1804.10959
 */
export function readUnigramModel(
  model: JsonField,
  vocab: ReadonlyMap<string, number>,
  hidden: ReadonlySet<string>,
): EncodeWord {
  const scores = Float64Array.from(
    model.field('vocab').value as [string, number][],
    ([, score]) => score,
  ); // -- readScoredVocab has checked it
  const unknown = model.field('unk_id');
  const unknownId =
    (unknown.value ?? undefined) === undefined ? undefined : unknown.index(scores.length);
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - PENALTY;
  const hasByteFallback = model.flag('byte_fallback', false);
  const encodePieces = pieceEncoder(vocab, { unknownId, hasByteFallback, isFused: true });
  const lengths = lengthsOf(vocab);
  return (word, budget) => {
    const best = new Float64Array(word.length + 1); // best score of a path that ends at each position
    const starts = new Int32Array(word.length + 1).fill(-1); // start of the last piece of each path
    const offer = (from: number, to: number, score: number): void => {
      const sum = score + best[from];
      if (starts[to] !== -1 && sum <= best[to]) return;
      best[to] = sum;
      starts[to] = from;
    };
    for (let from = 0, next = 0; from < word.length; from = next) {
      next = from + ((word.codePointAt(from) ?? 0) > 0xffff ? 2 : 1);
      let isToken = false; // the character
      for (const length of lengths) {
        const to = from + length;
        if (to > word.length) break;
        budget.spend(stepsOf(length));
        const piece = word.slice(from, to);
        const id = vocab.get(piece);
        if (id === undefined || hidden.has(piece)) continue;
        offer(from, to, scores[id]);
        isToken ||= to === next;
      }
      if (!isToken) offer(from, next, unknownScore);
    }
    const pieces: string[] = [];
    for (let to = word.length; to > 0; to = starts[to]) pieces.push(word.slice(starts[to], to));
    return encodePieces(pieces.reverse());
  };
}

/** Amount by which an unknown character scores below the least probable token. */
const PENALTY = 10;

/** Returns the different lengths of tokens, in UTF-16 units, in ascending order. */
export function lengthsOf(vocab: ReadonlyMap<string, number>): readonly number[] {
  const lengths = new Set(Array.from(vocab.keys(), ({ length }) => length));
  return [...lengths].filter((length) => length > 0).sort((a, b) => a - b);
}

/** Returns the number of `WorkBudget` steps for looking up a text of `length` UTF-16 units in the vocabulary. */
export function stepsOf(length: number): number {
  return 1 + (length >> 3);
}

/** Returns the number of `WorkBudget` steps for one look-up of each length. */
export function searchStepsOf(lengths: Iterable<number>): number {
  let steps = 0;
  for (const length of lengths) steps += stepsOf(length);
  return steps;
}

/** Reads the `vocab` of a unigram model: a list of `[token, score]`, in the order of ids. */
export function readScoredVocab(list: JsonField): Map<string, number> {
  const vocab = new Map<string, number>();
  list.array(MAX_VOCAB_SIZE, 'tokens').forEach((entry, id) => {
    const [token, score] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof token !== 'string' || typeof score !== 'number') {
      throw list.item(id).error('[token, score]');
    }
    vocab.set(token, id);
  });
  return vocab;
}
