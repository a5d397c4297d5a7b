import { type JsonField } from '../json-field.js';
import { MAX_VOCAB_SIZE } from '../max-vocab-size.js';
import { type CutWord } from './blank-cutter.js';
import { readBpeModel, readMark } from './read-bpe-model.js';
import {
  lengthsOf,
  readScoredVocab,
  readUnigramModel,
  searchStepsOf,
  stepsOf,
} from './read-unigram-model.js';
import { type EncodeWord, pieceEncoder } from './word-encoder.js';

/** The model of a tokenizer.json: which tokens there are, and which of them a word becomes. */
export interface WordModel {
  /** Token -> id, as the model has it: added tokens need not be in it. */
  readonly vocab: ReadonlyMap<string, number>;
  readonly encodeWord: EncodeWord;
  /** Maximum number of steps of its budget that `encodeWord` spends for a character; 0 unless given. */
  readonly searchSteps?: number;
  /** Cuts words into parts that no merge joins, for the sake of speed. */
  readonly cutWord?: CutWord;
}

/**
 * Reads the `model` of a tokenizer.json.
 *
 * @param hidden - Names of special tokens.
 * @throws RangeError that names the field which is not as it should be.
 */
export function readModel(model: JsonField, hidden: ReadonlySet<string>): WordModel {
  const type = model
    .field('type')
    .oneOf('BPE', 'Unigram', 'WordPiece', 'WordLevel', ...(hasMerges(model) ? [undefined] : []));
  const vocab =
    type === 'Unigram' ? readScoredVocab(model.field('vocab')) : readVocab(model.field('vocab'));
  if (vocab.size > MAX_VOCAB_SIZE)
    throw model.field('vocab').error(`at most ${MAX_VOCAB_SIZE} tokens`);
  switch (type) {
    case 'Unigram':
      return {
        vocab,
        encodeWord: readUnigramModel(model, vocab, hidden),
        searchSteps: searchStepsOf(lengthsOf(vocab)),
      };
    case 'WordPiece': {
      const longest = lengthsOf(vocab).at(-1) ?? 0;
      return {
        vocab,
        encodeWord: readWordPiece(model, vocab, longest),
        searchSteps: searchStepsOf(Array.from({ length: longest }, (_, i) => i + 1)),
      };
    }
    case 'WordLevel': {
      const unknownId = vocab.get(model.field('unk_token').string());
      const encodeWord = pieceEncoder(vocab, { unknownId, hasByteFallback: false, isFused: false });
      return { vocab, encodeWord: (word) => encodeWord([word]) };
    }
    case 'BPE':
    case undefined: // old files say it by the merges
      return { vocab, ...readBpeModel(model, vocab) };
  }
}

function hasMerges(model: JsonField): boolean {
  return model.field('merges').value !== undefined;
}

/** Without a JsonField for each of a quarter million tokens, but for the one that is wrong. */
function readVocab(field: JsonField): Map<string, number> {
  const { value } = field;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw field.error('an object');
  }
  const vocab = new Map<string, number>();
  for (const [token, id] of Object.entries(value)) {
    const isId = typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < MAX_VOCAB_SIZE;
    if (!isId) field.field(token).index(MAX_VOCAB_SIZE);
    vocab.set(token, id as number); // -- `index` has thrown for anything else
  }
  return vocab;
}

function readWordPiece(
  model: JsonField,
  vocab: ReadonlyMap<string, number>,
  longest: number,
): EncodeWord {
  const name = model.field('unk_token');
  const unknownId = vocab.get(name.string());
  if (unknownId === undefined) throw name.error('a token of the vocabulary');
  const prefix = readMark(model.field('continuing_subword_prefix'));
  const most = model.field('max_input_chars_per_word');
  const maxCharacters = most.value === undefined ? 100 : most.index(2 ** 53);
  return (word, budget) => {
    if (Array.from(word).length > maxCharacters) return [unknownId];
    const ids: number[] = [];
    for (let from = 0, to = 0; from < word.length; from = to) {
      let id: number | undefined;
      for (to = Math.min(word.length, from + longest); to > from; to--) {
        budget.spend(stepsOf(to - from));
        const piece = word.slice(from, to);
        id = vocab.get(from === 0 ? piece : prefix + piece);
        if (id !== undefined) break;
      }
      if (id === undefined) return [unknownId];
      ids.push(id);
    }
    return ids;
  };
}
