import { readNames } from './added-tokens.js';
import { tokenizerFile } from './assemble-tokenizer.js';
import { bpeTokenizer, byteTokenizer, gpt2Tokenizer } from './byte-pair-tokenizers.js';
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
import { endOfTextToken, MAX_VOCAB_SIZE, type Tokenizer } from './tokenizer.js';
import type { BpeVocabulary } from './write-hugging-face.js';

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

type Files = Readonly<Record<string, string>>;

const [VOCAB, MERGES, ADDED] = ['vocab.json', 'merges.txt', 'added_tokens.json'];

/** Names of the files of a Hugging Face folder that may define its tokenizer. */
export const huggingFaceFiles: readonly string[] = [
  tokenizerFile,
  configFile,
  VOCAB,
  MERGES,
  ADDED,
];

const GPT2_SIZE = 50_257;

/**
 * Reads the tokenizer of a Hugging Face folder: from tokenizer.json, else from vocab.json and merges.txt, else
 * GPT-2's tokenizer if the model has 50,257 tokens. The vocabulary size of a model is often rounded up; ids without a
 * token become special tokens such as `<|unused-50257|>`.
 *
 * @param files - The files of `huggingFaceFiles` that the folder has.
 * @param vocabSize - Number of ids of the model.
 * @throws RangeError that names the file and the field, if a step is unknown or malformed, or if the tokenizer has
 *   more ids than the model.
 */
export async function huggingFaceTokenizer(files: Files, vocabSize: number): Promise<Tokenizer> {
  if (vocabSize > MAX_VOCAB_SIZE) {
    throw new RangeError(
      `vocab_size: expected a model of at most ${MAX_VOCAB_SIZE} tokens, got ${vocabSize}`,
    );
  }
  const file = findTokenizer(files);
  if (!file) {
    if (vocabSize === GPT2_SIZE) return gpt2Tokenizer();
    throw new RangeError(
      `${tokenizerFile}: expected the tokenizer of a model with ${vocabSize} tokens, or ${VOCAB} and ${MERGES}, got none`,
    );
  }
  const size = (got: number): RangeError =>
    file
      .field('model')
      .error(`a vocabulary of ${vocabSize} tokens, the size of the model's, instead of ${got}`);
  if (hasCharacterScheme(file)) {
    const tokenizer = readHuggingFaceCharacters(file);
    if (tokenizer.vocabSize !== vocabSize) throw size(tokenizer.vocabSize);
    return tokenizer;
  }
  if (!hasGpt2Scheme(file)) {
    const text = Object.hasOwn(files, tokenizerFile) ? files[tokenizerFile] : undefined;
    return readTokenizerFile(file, { vocabSize, text, config: files[configFile] });
  }
  const vocabulary = readHuggingFace(file);
  if (vocabulary.spellings.length > vocabSize) throw size(vocabulary.spellings.length);
  const tokenizer = bpeTokenizer(padded(vocabulary, vocabSize));
  return (await asGpt2(tokenizer)) ?? tokenizer;
}

function findTokenizer(files: Files): JsonField | undefined {
  const has = (name: string): boolean => Object.hasOwn(files, name);
  if (has(tokenizerFile)) return JsonField.parse(tokenizerFile, files[tokenizerFile]);
  return has(VOCAB) && has(MERGES) ? joinParts(files) : undefined;
}

/** Joins the files of a byte-level BPE into the equivalent tokenizer.json. */
function joinParts(files: Files): JsonField {
  const vocab = JsonField.parse(VOCAB, files[VOCAB]);
  const added = Object.hasOwn(files, ADDED) ? JsonField.parse(ADDED, files[ADDED]).entries() : [];
  const ids = [
    [endOfTextToken, vocab.field(endOfTextToken).value] as const,
    ...added.map(([name, field]) => [name, field.value] as const),
  ];
  const lines = files[MERGES].split(/\r?\n/).filter((line) => line !== '');
  const merges = lines.filter((line, at) => at > 0 || !line.startsWith('#version'));
  const whole = {
    added_tokens: [...new Map(ids)].map(([content, id]) => ({ content, id, special: true })),
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    decoder: { type: 'ByteLevel' },
    model: { vocab: vocab.value, merges },
  };
  return JsonField.parse(`${VOCAB} and ${MERGES}`, JSON.stringify(whole));
}

function padded(vocabulary: BpeVocabulary, vocabSize: number): BpeVocabulary {
  const spellings = [...vocabulary.spellings];
  const specialTokens = new Map(vocabulary.specialTokens);
  for (let id = spellings.length; id < vocabSize; id++) {
    const name = `<|unused-${id}|>`;
    spellings.push(name);
    specialTokens.set(name, id);
  }
  return { ...vocabulary, spellings, specialTokens };
}

/**
 * Returns GPT-2's own tokenizer if `tokenizer` equals it, so that a run need not save the vocabulary; otherwise
 * `undefined`.
 */
async function asGpt2(tokenizer: Tokenizer): Promise<Tokenizer | undefined> {
  if (tokenizer.vocabSize < GPT2_SIZE) return undefined;
  const specialTokens = [...tokenizer.specialTokens.keys()];
  const gpt2 = await gpt2Tokenizer({ specialTokens });
  const text = (each: Tokenizer): string => each.toHuggingFace(1)[tokenizerFile];
  return text(gpt2) === text(tokenizer) ? gpt2 : undefined;
}
