import {
  type AddedToken,
  checkEndOfText,
  isPlainSpecial,
  readPlainAddedTokens,
} from './added-tokens.js';
import { byteAlphabet, readSpelledBytes } from './byte-pair-encoder.js';
import {
  characterTokenizer,
  codePointAt,
  isAscending,
  REPLACEMENT,
} from './character-tokenizer.js';
import type { JsonField } from './json-field.js';
import { checkPostProcessor } from './pipeline/read-post-processor.js';
import { MAX_VOCAB_SIZE, type SpecialTokens, type Tokenizer } from './tokenizer.js';
import { type BpeVocabulary, MAX_MERGES, type Merge } from './write-hugging-face.js';

/** Whether a tokenizer.json splits, merges and decodes as GPT-2 does. Others are read as a pipeline. */
export const hasGpt2Scheme = passes(checkGpt2Scheme);
/** Whether a tokenizer.json has words of one character each. Others are read as a pipeline. */
export const hasCharacterScheme = passes(checkCharacterScheme);

function passes(check: (file: JsonField) => void): (file: JsonField) => boolean {
  return (file) => {
    try {
      check(file);
      return true;
    } catch {
      return false;
    }
  };
}

/**
 * Reads the tokenizer.json of a byte-level BPE, as Hugging Face tokenizers writes it and as GPT-2's is
 * published: merges as `"a b"` or `["a", "b"]`, special and other added tokens in `added_tokens`.
 *
 * Settings that produce other ids than GPT-2's scheme are errors. Truncation and padding are ignored, because
 * they concern batches and not the ids of a text.
 *
 * @throws RangeError that names the field, if the file is anything else.
 */
export function readHuggingFace(file: JsonField): BpeVocabulary {
  checkGpt2Scheme(file);
  const model = file.field('model');
  const tokens = readTokens(model.field('vocab'), file.field('added_tokens'));
  const { spellings, specialTokens } = tokens;
  const idOf = new Map<string, number>();
  spellings.forEach((spelling, id) => {
    if (!specialTokens.has(spelling)) idOf.set(spelling, id);
  });
  const byteIds = Int32Array.from(byteAlphabet, (byte) => {
    const id = idOf.get(byte);
    if (id === undefined) throw model.field('vocab').field(byte).error('the id of a byte');
    return id;
  });
  return { ...tokens, byteIds, merges: readMerges(model.field('merges'), idOf) };
}

function checkGpt2Scheme(file: JsonField): void {
  const model = file.field('model');
  model.field('type').oneOf('BPE', undefined); // GPT-2's own file has none
  model.field('dropout').oneOf(null, 0, undefined);
  model.field('continuing_subword_prefix').oneOf(null, '', undefined);
  model.field('end_of_word_suffix').oneOf(null, '', undefined);
  model.field('byte_fallback').oneOf(false, undefined);
  model.field('ignore_merges').oneOf(false, undefined);
  file.field('normalizer').oneOf(null, undefined);
  const cut = file.field('pre_tokenizer');
  cut.field('type').oneOf('ByteLevel');
  cut.field('add_prefix_space').oneOf(false);
  cut.field('use_regex').oneOf(true, undefined);
  file.field('decoder').field('type').oneOf('ByteLevel');
  checkPostProcessor(file.field('post_processor'));
  checkEndOfText(file.field('added_tokens'));
}

/** Reads the tokens of all ids; every id from 0 must have one. */
function readTokens(
  vocab: JsonField,
  addedTokens: JsonField,
): Pick<BpeVocabulary, 'spellings' | 'specialTokens' | 'addedTokens'> {
  const entries = readPlainAddedTokens(addedTokens);
  const ordinary = vocab.entries().filter(([spelling]) => !entries.has(spelling));
  const size = ordinary.length + entries.size;
  if (size > MAX_VOCAB_SIZE) throw vocab.error(`at most ${MAX_VOCAB_SIZE} tokens`);

  const spellings = new Array<string | undefined>(size).fill(undefined);
  const place = (spelling: string, idField: JsonField): number => {
    const id = idField.index(size);
    if (spellings[id] !== undefined) throw idField.error('an id that no other token has');
    spellings[id] = spelling;
    return id;
  };
  const added = Array.from(entries.values(), ({ field, ...token }): AddedToken => {
    const id = place(token.content, field.field('id'));
    const inVocab = vocab.field(token.content);
    inVocab.oneOf(id, undefined); // it may be in both lists, as in GPT-2's file
    if (!token.isSpecial && inVocab.value !== undefined && !IS_ASCII.test(token.content)) {
      throw field
        .field('content')
        .error('a name that is not in model.vocab, where its characters stand for other bytes');
    }
    return { ...token, id };
  });
  for (const [spelling, idField] of ordinary) {
    if (readSpelledBytes(spelling) === undefined) {
      throw idField.error('a token spelled in the byte alphabet');
    }
    place(spelling, idField);
  }
  const specialTokens: SpecialTokens = new Map(
    added.filter(({ isSpecial }) => isSpecial).map(({ content, id }) => [content, id]),
  );
  return {
    spellings: spellings as string[], // -- `size` different ids below `size` fill it
    specialTokens,
    addedTokens: added.filter((token) => !isPlainSpecial(token)),
  };
}

/** Matches ASCII texts. In the byte alphabet, each of their characters stands for itself or for no byte. */
const IS_ASCII = /^[\0-\x7f]*$/u;

function readMerges(list: JsonField, idOf: ReadonlyMap<string, number>): Merge[] {
  const seen = new Set<string>();
  return list.items(MAX_MERGES, 'merges').map((item) => {
    const parts =
      typeof item.value === 'string'
        ? item.value.split(' ')
        : item.items().map((part) => part.string());
    const pair = parts.join(' ');
    const [left, right, merged] = [parts[0], parts[1], parts.join('')].map((part) =>
      idOf.get(part),
    );
    if (parts.length !== 2 || left === undefined || right === undefined || merged === undefined) {
      throw item.error('two tokens of model.vocab that join into a third one');
    }
    if (seen.has(pair)) throw item.error('a pair that no other merge has');
    seen.add(pair);
    return { left, right, merged };
  });
}

/**
 * Reads a tokenizer.json whose words are single characters, as `toHuggingFace` writes it: characters in
 * ascending order, then the special tokens.
 *
 * @throws RangeError that names the field, if the file is anything else.
 */
export function readHuggingFaceCharacters(file: JsonField): Tokenizer {
  checkCharacterScheme(file);
  const vocab = file.field('model').field('vocab');
  const added = readPlainAddedTokens(file.field('added_tokens'));
  for (const entry of added.values()) {
    if (!isPlainSpecial(entry)) throw entry.field.error('a special token without options');
  }
  const tokens = vocab
    .entries()
    .map(([token, field]) => ({ token, id: field.index(Number.MAX_SAFE_INTEGER) }))
    .sort((a, b) => a.id - b.id);
  const characters = tokens.map(({ token }) => token).filter((token) => !added.has(token));
  const codePoints = characters.map((character) => codePointAt(character, 0));
  if (!isAscending(codePoints) || characters.some((each) => Array.from(each).length !== 1)) {
    throw vocab.error('single characters in ascending order');
  }
  const unknown = codePoints.includes(REPLACEMENT) && readUnknown(file) === '\ufffd';
  const tokenizer = characterTokenizer(codePoints, {
    unknown: unknown ? 'replace' : 'error',
    specialTokens: [...added.keys()],
  });
  for (const [name, { field }] of added) field.field('id').oneOf(tokenizer.specialTokens.get(name));
  tokens.forEach(({ token, id }, place) => {
    if (id !== place) throw vocab.field(token).error(`${place}, the next id without a gap`);
  });
  return tokenizer;
}

function checkCharacterScheme(file: JsonField): void {
  file.field('model').field('type').oneOf('WordLevel');
  const cut = file.field('pre_tokenizer');
  cut.field('type').oneOf('Split');
  cut.field('pattern').field('Regex').oneOf('[\\s\\S]');
  cut.field('behavior').oneOf('Isolated');
  cut.field('invert').oneOf(false, undefined);
  file.field('normalizer').oneOf(null, undefined);
  checkPostProcessor(file.field('post_processor'));
  file.field('decoder').field('type').oneOf('Fuse');
  checkEndOfText(file.field('added_tokens'));
}

function readUnknown(file: JsonField): string {
  return file.field('model').field('unk_token').string();
}
