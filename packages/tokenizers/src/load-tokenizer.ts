import { readNames } from './added-tokens.js';
import { assembleTokenizer, tokenizerFile } from './assemble-tokenizer.js';
import { byteAlphabet } from './byte-pair-encoder.js';
import { bpeTokenizer, gpt2Tokenizer } from './byte-pair-tokenizers.js';
import {
  characterTokenizer,
  codePointAt,
  isAscending,
  REPLACEMENT,
} from './character-tokenizer.js';
import { JsonField } from './json-field.js';
import { configFile, settingsFile } from './pipeline/read-post-processor.js';
import { readSavedTokenizer, readTokenizerFile } from './pipeline/read-tokenizer.js';
import {
  hasCharacterScheme,
  hasGpt2Scheme,
  readHuggingFace,
  readHuggingFaceCharacters,
} from './read-hugging-face.js';
import {
  endOfTextToken,
  numberSpecialTokens,
  type SpecialTokenOptions,
  type Tokenizer,
  writeSettings,
} from './tokenizer.js';
import { bpeFiles } from './write-hugging-face.js';

/**
 * Loads a tokenizer that `save` wrote, or any tokenizer.json of Hugging Face. The files are data only;
 * nothing in them is executed.
 *
 * @param files - Texts of files by name: `tokenizer.json`, and the other files that `save` wrote with it. For a
 *   tokenizer of Hugging Face, tokenizer_config.json names the token that ends a document.
 * @throws RangeError that names the field, if the file is missing or malformed.
 */
export async function loadTokenizer(files: Readonly<Record<string, string>>): Promise<Tokenizer> {
  if (!Object.hasOwn(files, tokenizerFile)) {
    throw new RangeError(`${tokenizerFile}: expected this file, got none`);
  }
  const file = JsonField.parse(tokenizerFile, files[tokenizerFile]);
  if (file.field('model').value !== undefined) {
    if (Object.hasOwn(files, settingsFile)) return readSavedTokenizer(file, files);
    if (hasCharacterScheme(file)) return readHuggingFaceCharacters(file);
    if (hasGpt2Scheme(file)) return bpeTokenizer(readHuggingFace(file));
    return readTokenizerFile(file, { text: files[tokenizerFile], config: files[configFile] });
  }

  const kind = file.field('kind').oneOf('bytes', 'characters', 'gpt2');
  const list = file.field('specialTokens');
  const specialTokens = readNames(list);
  if (!specialTokens.includes(endOfTextToken)) {
    throw list.error(`a list that contains ${endOfTextToken}`);
  }
  if (kind === 'bytes') return byteTokenizer({ specialTokens });
  if (kind === 'gpt2') return gpt2Tokenizer({ specialTokens });
  const unknown = file.field('unknown').oneOf('error', 'replace');
  const codePoints = readCharacters(file.field('characters'));
  if (unknown === 'replace' && !codePoints.includes(REPLACEMENT)) {
    throw file.field('characters').error('characters with U+FFFD, which stands for unknown ones');
  }
  return characterTokenizer(codePoints, { unknown, specialTokens });
}

function readCharacters(field: JsonField): number[] {
  const codePoints = Array.from(field.string(), (character) => codePointAt(character, 0));
  if (!isAscending(codePoints)) throw field.error('characters in ascending order, each once');
  return codePoints;
}

/**
 * Makes a tokenizer with an id for each of the 256 byte values, followed by the special tokens, first
 * `<|endoftext|>` as 256. It needs no training and encodes every text.
 *
 * @throws RangeError if a special token's name is empty or occurs twice.
 */
export function byteTokenizer({ specialTokens = [] }: SpecialTokenOptions = {}): Tokenizer {
  const encoder = new TextEncoder();
  const specials = numberSpecialTokens(specialTokens, 256);
  return assembleTokenizer({
    kind: 'bytes',
    tokens: Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    specialTokens: specials,
    encodeText: (text, from, to, ids) => {
      for (const byte of encoder.encode(text.slice(from, to))) ids.push(byte);
    },
    write: () => writeSettings('bytes', specials, {}),
    extend: (more) => byteTokenizer({ specialTokens: [...more.keys()] }),
    // This is a byte-pair encoding without merges.
    toHuggingFace: (contextLength) =>
      bpeFiles(
        {
          spellings: [...byteAlphabet, ...specials.keys()],
          specialTokens: specials,
          byteIds: Int32Array.from(byteAlphabet, (_, byte) => byte),
          merges: [],
        },
        contextLength,
      ),
  });
}
