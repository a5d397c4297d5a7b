import { type JsonField } from '../json-field.js';
import { huggingFace } from './library.js';
import { type EncodeWord, pieceEncoder } from './word-encoder.js';

/**
 * Reads a unigram language model, `model.type` Unigram: a word becomes the tokens whose product of
 * probabilities is the largest.
 *
 * @param hidden - Tokens that no text can produce: SentencePiece scores them 0, the best of all.
 * @throws RangeError that names the field which is not as it should be.
 * @see Kudo 2018, https://arxiv.org/abs/1804.10959
 */
export function readUnigramModel(
  model: JsonField,
  vocab: ReadonlyMap<string, number>,
  hidden: ReadonlySet<string>,
): EncodeWord {
  const { value } = model;
  const scores = model.field('vocab').items();
  const unknown = model.field('unk_id');
  const unknownId =
    unknown.value === null || unknown.value === undefined
      ? undefined
      : unknown.index(scores.length);
  const hasByteFallback = model.field('byte_fallback').oneOf(true, false, undefined) ?? false;
  const unigram = new huggingFace.Unigram({ ...(value as object), unk_id: unknownId ?? 0 }, ''); // -- `field` has seen an object
  for (const token of hidden) {
    const id = vocab.get(token);
    if (id !== undefined && id < unigram.scores.length)
      unigram.scores[id] = Number.NEGATIVE_INFINITY;
  }
  const encodePieces = pieceEncoder(vocab, { unknownId, hasByteFallback, isFused: true });
  return (word) => encodePieces(unigram.tokenize(word));
}

/** Reads the `vocab` of a unigram model: a list of `[token, score]`, in the order of ids. */
export function readScoredVocab(list: JsonField): Map<string, number> {
  const vocab = new Map<string, number>();
  list.items().forEach((field, id) => {
    const [token, score] = field.items();
    if (typeof (score as JsonField | undefined)?.value !== 'number') {
      throw field.error('[token, score]');
    }
    vocab.set(token.string(), id);
  });
  return vocab;
}
