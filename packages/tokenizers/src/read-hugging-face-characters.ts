import {
  characterTokenizer,
  codePointAt,
  isAscending,
  REPLACEMENT,
} from './character-tokenizer.js';
import { checkPostProcessor } from './pipeline/read-post-processor.js';
import { type JsonField } from './json-field.js';
import { checkEndOfText, isPlainSpecial, readPlainAddedTokens } from './added-tokens.js';
import { type Tokenizer } from './tokenizer.js';

/** Whether a tokenizer.json has words of one character each; others are read as a pipeline. */
export function hasCharacterScheme(file: JsonField): boolean {
  try {
    checkCharacterScheme(file);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a tokenizer.json whose words are single characters, as `toHuggingFace` writes it: characters
 * in ascending order, then the special tokens.
 *
 * @throws RangeError when the file is anything else; it names the field.
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
