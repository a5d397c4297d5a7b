import { mergeIds } from '../byte-pair-encoder.js';
import type { JsonField } from '../json-field.js';
import { MAX_VOCAB_SIZE } from '../tokenizer.js';
import { MAX_MERGES, MergeTable } from '../write-hugging-face.js';
import {
  lengthsOf,
  readScoredVocab,
  readUnigramModel,
  searchStepsOf,
  stepsOf,
} from './read-unigram-model.js';
import { BLANK, blankCutter, type CutWord, type EncodeWord, pieceEncoder } from './words.js';

/** The model of a tokenizer.json: its tokens, and a function that encodes words. */
export interface WordModel {
  /** Token -> id of the model; added tokens may be missing. */
  readonly vocab: ReadonlyMap<string, number>;
  readonly encodeWord: EncodeWord;
  /** Maximum number of `WorkBudget` steps that `encodeWord` spends per character; default 0. */
  readonly searchSteps?: number;
  /** Splits a word into parts that no merge joins, so that their ids can be cached; absent if words are not split. */
  readonly cutWord?: CutWord;
}

/**
 * Reads the `model` of a tokenizer.json.
 *
 * @param hidden - Names of special tokens, which a unigram model never produces from text.
 * @throws RangeError that names the field that is malformed.
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
    case undefined: // old files indicate it by their merges
      return { vocab, ...readBpeModel(model, vocab) };
  }
}

function hasMerges(model: JsonField): boolean {
  return model.field('merges').value !== undefined;
}

/** Reads the vocabulary. For speed, it makes a JsonField only for an invalid token. */
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
  const prefix = model.field('continuing_subword_prefix').string(MAX_MARK);
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

/**
 * Reads a byte-pair encoding of characters, `model.type` BPE. Merges are implemented in this package, because
 * `@huggingface/tokenizers` formats every pair that it looks up as JSON, and needs forty seconds for a word of a
 * megabyte.
 *
 * @throws RangeError that names the field that is malformed.
 */
function readBpeModel(
  model: JsonField,
  vocab: ReadonlyMap<string, number>,
): { readonly encodeWord: EncodeWord; readonly cutWord?: CutWord } {
  model.field('dropout').oneOf(null, 0, undefined);
  const mark = (name: string): string => {
    const field = model.field(name);
    return field.value === null || field.value === undefined ? '' : field.string(MAX_MARK);
  };
  const { value: unknown } = model.field('unk_token');
  const hasUnknown = unknown !== null && unknown !== undefined;
  const prefix = mark('continuing_subword_prefix');
  const suffix = mark('end_of_word_suffix');
  const isWholeFirst = model.flag('ignore_merges', false);
  const encodePieces = pieceEncoder(vocab, {
    unknownId: hasUnknown ? vocab.get(model.field('unk_token').string()) : undefined,
    hasByteFallback: model.flag('byte_fallback', false),
    isFused: model.flag('fuse_unk', false),
  });
  const { table, joinedToBlanks } = readMerges(model.field('merges'), vocab, prefix);
  const encodeWord: EncodeWord = (word) => {
    const whole = isWholeFirst ? vocab.get(word) : undefined;
    if (whole !== undefined) return [whole];
    const pieces = Array.from(word);
    if (prefix !== '') for (let at = 1; at < pieces.length; at++) pieces[at] = prefix + pieces[at];
    if (suffix !== '') pieces[pieces.length - 1] += suffix;
    return mergeIds(Int32Array.from(encodePieces(pieces)), table);
  };
  // Words may only be split if a part is encoded like a word, and if a blank does not fuse with an unknown
  // character before it.
  const isCut = !isWholeFirst && prefix === '' && suffix === '' && vocab.has(BLANK);
  return { encodeWord, ...(isCut && { cutWord: blankCutter(joinedToBlanks) }) };
}

/** Maximum length of the mark before or after the pieces of a word, such as `##`. */
const MAX_MARK = 64;

/** Reads the merges. For speed, it makes a JsonField only for an invalid merge. */
function readMerges(
  list: JsonField,
  vocab: ReadonlyMap<string, number>,
  prefix: string,
): { readonly table: MergeTable; readonly joinedToBlanks: ReadonlySet<number> } {
  const table = new MergeTable();
  const joinedToBlanks = new Set<number>();
  list.array(MAX_MERGES, 'merges').forEach((merge, at) => {
    const parts: readonly unknown[] =
      typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const [first, second] = parts;
    if (parts.length === 2 && typeof first === 'string' && typeof second === 'string') {
      const left = vocab.get(first);
      const right = vocab.get(second);
      const merged = vocab.get(
        first + (second.startsWith(prefix) ? second.slice(prefix.length) : second),
      );
      if (left !== undefined && right !== undefined && merged !== undefined) {
        table.add({ left, right, merged });
        if (second.startsWith(BLANK)) joinedToBlanks.add(first.charCodeAt(first.length - 1));
        return;
      }
    }
    throw list.item(at).error('two tokens of model.vocab that join into a third one');
  });
  return { table, joinedToBlanks };
}
