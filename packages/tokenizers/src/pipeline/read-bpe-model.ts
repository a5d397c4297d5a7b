import { type JsonField } from '../json-field.js';
import { mergeIds } from '../merge-ids.js';
import { MAX_MERGES, MergeTable } from '../merge-table.js';
import { BLANK, blankCutter, type CutWord } from './blank-cutter.js';
import { type EncodeWord, pieceEncoder } from './word-encoder.js';

/**
 * Reads a byte-pair encoding of characters, `model.type` BPE. Merging is ours: the library writes every
 * pair that it looks up as JSON, and needs forty seconds for a megabyte in one word.
 *
 * @throws RangeError that names the field which is not as it should be.
 */
export function readBpeModel(
  model: JsonField,
  vocab: ReadonlyMap<string, number>,
): { readonly encodeWord: EncodeWord; readonly cutWord?: CutWord } {
  model.field('dropout').oneOf(null, 0, undefined);
  const mark = (name: string): string => {
    const field = model.field(name);
    return field.value === null || field.value === undefined ? '' : readMark(field);
  };
  const { value: unknown } = model.field('unk_token');
  const hasUnknown = unknown !== null && unknown !== undefined;
  const flag = (name: string): boolean => model.field(name).oneOf(true, false, undefined) ?? false;
  const prefix = mark('continuing_subword_prefix');
  const suffix = mark('end_of_word_suffix');
  const isWholeFirst = flag('ignore_merges');
  const encodePieces = pieceEncoder(vocab, {
    unknownId: hasUnknown ? vocab.get(model.field('unk_token').string()) : undefined,
    hasByteFallback: flag('byte_fallback'),
    isFused: flag('fuse_unk'),
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
  // A part of a word must not differ from a word, and a blank not from an unknown character before it.
  const isCut = !isWholeFirst && prefix === '' && suffix === '' && vocab.has(BLANK);
  return { encodeWord, ...(isCut && { cutWord: blankCutter(joinedToBlanks) }) };
}

/** A text that goes before or after the pieces of a word, such as `##`. */
export function readMark(field: JsonField): string {
  const mark = field.string();
  if (mark.length > MAX_MARK) throw field.error(`at most ${MAX_MARK} characters`);
  return mark;
}

const MAX_MARK = 64;

/** Without a JsonField for each of half a million merges, but for the one that is wrong. */
function readMerges(
  list: JsonField,
  vocab: ReadonlyMap<string, number>,
  prefix: string,
): { readonly table: MergeTable; readonly joinedToBlanks: ReadonlySet<number> } {
  const { value } = list;
  if (!Array.isArray(value)) throw list.error('an array');
  if (value.length > MAX_MERGES) throw list.error(`at most ${MAX_MERGES} merges`);
  const table = new MergeTable();
  const joinedToBlanks = new Set<number>();
  value.forEach((merge: unknown, at) => {
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
