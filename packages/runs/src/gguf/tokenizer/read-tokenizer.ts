import { formatJson, type JsonObject, shownText } from '@ramble/core/files';

import { type Metadata, type MetadataReader, metadataReader } from '../format/metadata.js';
import {
  mergesOfScores,
  PRE_TOKENIZERS,
  type PreTokenizer,
  preTokenizerJson,
  SPACE,
  TOKEN_TYPES,
} from './pre-tokenizers.js';

const KEY = 'tokenizer.ggml.';

/**
 * Returns the tokenizer of a GGUF file as files of a Hugging Face folder: `tokenizer.json`, and
 * `tokenizer_config.json` with the special tokens and the chat template.
 *
 * @returns no files if the GGUF file has no tokenizer.
 * @throws RangeError or TypeError that names the key, if the kind of tokenizer is not supported.
 */
export function readTokenizer(file: Metadata): Record<string, string> {
  const metadata = metadataReader(file);
  const model = metadata.text(`${KEY}model`) ?? 'no_vocab';
  if (model === 'no_vocab' || model === 'none') return {};
  if (model !== 'gpt2' && model !== 'llama') {
    throw new RangeError(`${KEY}model: expected gpt2 or llama, got ${shownText(model)}`);
  }
  const vocabulary = readVocabulary(metadata);
  const bos = specialToken(metadata, vocabulary, 'bos');
  const pre = model === 'gpt2' ? findPreTokenizer(metadata) : undefined;
  const addsBos = metadata.boolean(`${KEY}add_bos_token`) ?? (pre ? pre.addsBos : true) ?? false;
  const parts = pre ? byteLevel(metadata, vocabulary, pre) : sentencePiece(metadata, vocabulary);
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(vocabulary, pre === undefined),
    ...parts,
    post_processor: addsBos && bos ? template(bos) : null,
  };
  const textOf = (name: string): string | null =>
    specialToken(metadata, vocabulary, name)?.text ?? null;
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: bos?.text ?? null,
    eos_token: textOf('eos'),
    unk_token: textOf('unknown'),
    pad_token: textOf('padding'),
    add_bos_token: addsBos,
    clean_up_tokenization_spaces: false,
    chat_template: metadata.text('tokenizer.chat_template'),
  };
  return { 'tokenizer.json': JSON.stringify(json), 'tokenizer_config.json': formatJson(config) };
}

/** Returns the ids that end an answer: the end of a text, of a turn and of a message. */
export function stopIds(file: Metadata): number[] {
  const metadata = metadataReader(file);
  const ids = ['eos', 'eot', 'eom'].map((name) => metadata.integer(`${KEY}${name}_token_id`));
  return [...new Set(ids.filter((id) => id !== undefined))];
}

interface Vocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
}

function readVocabulary(metadata: MetadataReader): Vocabulary {
  const tokens = readTexts(metadata, 'tokens');
  if (!tokens) throw new RangeError(`${KEY}tokens: expected a list of tokens, got none`);
  const types = metadata.numbers(`${KEY}token_type`) ?? tokens.map(() => TOKEN_TYPES.normal);
  if (types.length !== tokens.length) {
    throw new RangeError(
      `${KEY}token_type: expected ${tokens.length} types, one a token, got ${types.length}`,
    );
  }
  return { tokens, types };
}

/** Reads a list of texts from the metadata; refuses far more texts than in any published vocabulary. */
function readTexts(metadata: MetadataReader, name: string): readonly string[] | undefined {
  const texts = metadata.texts(KEY + name);
  let length = 0;
  for (const text of texts ?? []) length += text.length;
  if ((texts?.length ?? 0) > MAX_TEXTS || length > MAX_LENGTH) {
    throw new RangeError(
      `${KEY}${name}: expected at most ${MAX_TEXTS} texts of ${MAX_LENGTH} characters in all, got ${texts?.length} of ${length}`,
    );
  }
  return texts;
}

/** Maximum number of tokens or merges. Gemma 3 has half a million merges of seven million characters in all. */
const MAX_TEXTS = 2 ** 21;
const MAX_LENGTH = 2 ** 25;

function findPreTokenizer(metadata: MetadataReader): PreTokenizer {
  const name = metadata.text(`${KEY}pre`) ?? 'default';
  const found = PRE_TOKENIZERS.find(({ names }) => names.includes(name));
  if (found) return found;
  const known = PRE_TOKENIZERS.map(({ names }) => names[0]).join(', ');
  throw new RangeError(`${KEY}pre: expected one of ${known}, got ${shownText(name)}`);
}

function byteLevel(
  metadata: MetadataReader,
  { tokens, types }: Vocabulary,
  { steps, ignoresMerges = false, isNormalized = false }: PreTokenizer,
): JsonObject {
  const merges = readTexts(metadata, 'merges');
  if (!merges) throw new RangeError(`${KEY}merges: expected a list of merges, got none`);
  const ordinary = (id: number): boolean => types[id] === TOKEN_TYPES.normal;
  return {
    normalizer: isNormalized ? { type: 'NFC' } : null,
    pre_tokenizer: preTokenizerJson(steps),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      ...bpe({ ignoresMerges }),
      vocab: vocabOf(tokens, ordinary),
      merges: merges.map((merge, i) => mergeOf(merge, i)),
    },
  };
}

/** Splits a merge at its only space: tokens in the byte alphabet contain no space. */
function mergeOf(merge: string, index: number): readonly string[] {
  const pair = merge.split(' ');
  if (pair.length === 2) return pair;
  throw new RangeError(
    `${KEY}merges[${index}]: expected two tokens and a space between them, got ${shownText(merge)}`,
  );
}

function sentencePiece(metadata: MetadataReader, { tokens, types }: Vocabulary): JsonObject {
  const scores = metadata.numbers(`${KEY}scores`);
  if (scores?.length !== tokens.length) {
    throw new RangeError(
      `${KEY}scores: expected ${tokens.length} scores, one a token, got ${scores?.length ?? 0}`,
    );
  }
  const unknown = specialToken(metadata, { tokens, types }, 'unknown')?.text;
  const pieces = new Map<string, { id: number; score: number }>();
  for (const [id, token] of tokens.entries()) {
    const isPiece = types[id] === TOKEN_TYPES.normal || types[id] === TOKEN_TYPES.userDefined;
    if (isPiece) pieces.set(spelled(token, types[id]), { id, score: scores[id] });
  }
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: SPACE };
  const hasPrefix = metadata.boolean(`${KEY}add_space_prefix`) ?? true;
  const decoders = [
    { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
  ];
  const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
  return {
    normalizer: hasPrefix
      ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: SPACE }, spaces] }
      : spaces,
    pre_tokenizer: null,
    decoder: { type: 'Sequence', decoders: hasPrefix ? [...decoders, strip] : decoders },
    model: {
      ...bpe({ ignoresMerges: false }),
      unk_token: unknown ?? tokens.find((_, id) => types[id] === TOKEN_TYPES.unknown) ?? null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: vocabOf(
        tokens.map((token, id) => spelled(token, types[id])),
        (id) => types[id] !== TOKEN_TYPES.unused,
      ),
      merges: mergesOfScores(pieces),
    },
  };
}

/** Returns a token as the vocabulary spells it. GGUF files store user-defined tokens with plain spaces. */
function spelled(token: string, type: number): string {
  return type === TOKEN_TYPES.userDefined ? token.replaceAll(' ', SPACE) : token;
}

function bpe({ ignoresMerges }: { readonly ignoresMerges: boolean }): JsonObject {
  return {
    ...{ type: 'BPE', dropout: null, unk_token: null },
    ...{ continuing_subword_prefix: null, end_of_word_suffix: null },
    ...{ fuse_unk: false, byte_fallback: false, ignore_merges: ignoresMerges },
  };
}

/** Returns the id of each token that `isIn` accepts; refuses a token that occurs twice. */
function vocabOf(
  tokens: readonly string[],
  isIn: (id: number) => boolean,
): Readonly<Record<string, number>> {
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (!isIn(id)) continue;
    const other = ids.get(token);
    if (other !== undefined) {
      throw new RangeError(
        `${KEY}tokens[${id}]: expected a token that differs from token ${other}, got ${shownText(token)} twice`,
      );
    }
    ids.set(token, id);
  }
  return Object.fromEntries(ids);
}

function addedTokens({ tokens, types }: Vocabulary, isSentencePiece: boolean): JsonObject[] {
  const isAdded: number[] = [TOKEN_TYPES.control, TOKEN_TYPES.userDefined, TOKEN_TYPES.unknown];
  return tokens.flatMap((token, id) => {
    const type = types[id];
    if (!isAdded.includes(type)) return [];
    const content = isSentencePiece ? spelled(token, type) : token;
    return [
      {
        ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false },
        special: type !== TOKEN_TYPES.userDefined,
      },
    ];
  });
}

interface SpecialToken {
  readonly id: number;
  readonly text: string;
}

/** Reads a special token, such as `bos`; `undefined` if the file has none. Refuses an id outside the vocabulary. */
function specialToken(
  metadata: MetadataReader,
  { tokens }: Vocabulary,
  name: string,
): SpecialToken | undefined {
  const key = `${KEY}${name}_token_id`;
  const id = metadata.integer(key);
  if (id === undefined) return undefined;
  if (id < tokens.length) return { id, text: tokens[id] };
  throw new RangeError(`${key}: expected an id below ${tokens.length}, got ${id}`);
}

function template({ id, text }: SpecialToken): JsonObject {
  const special = { SpecialToken: { id: text, type_id: 0 } };
  const [first, second] = ['A', 'B'].map((name) => ({ Sequence: { id: name, type_id: 0 } }));
  return {
    type: 'TemplateProcessing',
    single: [special, first],
    pair: [special, first, special, second],
    special_tokens: { [text]: { id: text, ids: [id], tokens: [text] } },
  };
}
