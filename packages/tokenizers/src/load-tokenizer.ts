import { tokenizerFile } from './assemble-tokenizer.js';
import { bpeTokenizer } from './bpe-tokenizer.js';
import { byteTokenizer } from './byte-tokenizer.js';
import {
  characterTokenizer,
  codePointAt,
  isAscending,
  REPLACEMENT,
} from './character-tokenizer.js';
import { gpt2Tokenizer } from './gpt2-tokenizer.js';
import { JsonField } from './json-field.js';
import { readHuggingFace } from './read-hugging-face.js';
import { readHuggingFaceCharacters } from './read-hugging-face-characters.js';
import { endOfTextToken, isSpecialName } from './special-tokens.js';
import { type Tokenizer } from './tokenizer.js';

/**
 * Makes the tokenizer that `save` wrote, or reads a tokenizer.json of Hugging Face: a byte-level BPE, or
 * single characters. Which kind it is stands in `tokenizer.json`; other files are not looked at. The
 * files are data: nothing in them runs.
 *
 * @param files - File name -> text, `tokenizer.json` among them.
 * @throws RangeError when the file is missing or not as it should be; it names the field.
 */
export async function loadTokenizer(files: Readonly<Record<string, string>>): Promise<Tokenizer> {
  if (!Object.hasOwn(files, tokenizerFile)) {
    throw new RangeError(`${tokenizerFile}: expected this file, got none`);
  }
  const file = JsonField.parse(tokenizerFile, files[tokenizerFile]);
  if (file.field('model').value !== undefined) {
    return file.field('model').field('type').value === 'WordLevel'
      ? readHuggingFaceCharacters(file)
      : bpeTokenizer(readHuggingFace(file));
  }

  const kind = file.field('kind').oneOf('bytes', 'characters', 'gpt2');
  const specialTokens = readNames(file.field('specialTokens'));
  if (kind === 'bytes') return byteTokenizer({ specialTokens });
  if (kind === 'gpt2') return gpt2Tokenizer({ specialTokens });
  const unknown = file.field('unknown').oneOf('error', 'replace');
  const codePoints = readCharacters(file.field('characters'));
  if (unknown === 'replace' && !codePoints.includes(REPLACEMENT)) {
    throw file.field('characters').error('characters with U+FFFD, which stands for unknown ones');
  }
  return characterTokenizer(codePoints, { unknown, specialTokens });
}

function readNames(list: JsonField): string[] {
  const names = new Set<string>();
  for (const item of list.items()) {
    const name = item.string();
    if (!isSpecialName(name) || names.has(name)) throw item.error('a name that no other token has');
    names.add(name);
  }
  const all = [...names];
  if (!names.has(endOfTextToken)) throw list.error(`a list that contains ${endOfTextToken}`);
  return all;
}

function readCharacters(field: JsonField): number[] {
  const codePoints = Array.from(field.string(), (character) => codePointAt(character, 0));
  if (!isAscending(codePoints)) throw field.error('characters in ascending order, each once');
  return codePoints;
}
