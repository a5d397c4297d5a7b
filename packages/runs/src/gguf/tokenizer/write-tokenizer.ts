import { isObject, type JsonObject, named, parseObject, shownValue } from '@ramble/core/files';

import type { TypedValue } from '../format/metadata.js';
import { PRE_TOKENIZERS, SPACE, stepsOf, TOKEN_TYPES } from './pre-tokenizers.js';

const FILE = 'tokenizer.json';
const CONFIG = 'tokenizer_config.json';
const GENERATION = 'generation_config.json';
const TEMPLATE = 'chat_template.jinja';

type Entries = readonly (readonly [key: string, value: TypedValue])[];

/**
 * Returns the GGUF metadata of a Hugging Face folder's tokenizer, with its special tokens and chat template.
 *
 * @param files - The folder's small files by name; without `tokenizer.json`, the GGUF file has no tokenizer, and
 *   llama.cpp can run it on ids only.
 * @param vocabSize - Number of ids of the model; ids without a token get placeholders.
 * @throws RangeError or TypeError that names the file if llama.cpp does not support the tokenizer.
 */
export function writeTokenizer(
  files: Readonly<Record<string, string>>,
  vocabSize: number,
): Entries {
  if (!Object.hasOwn(files, FILE)) return [key('model', text('no_vocab'))];
  const json = (name: string): JsonObject =>
    Object.hasOwn(files, name) ? named(name, () => parseObject(files[name])) : {};
  const tokenizer = json(FILE);
  const config = json(CONFIG);
  const template = Object.hasOwn(files, TEMPLATE) ? files[TEMPLATE] : config.chat_template;
  const entries = named(FILE, () => writeVocabulary(tokenizer, vocabSize));
  const tokens = new Map(entries.tokens.map((token, id) => [token, id]));
  const special = (['bos', 'eos', 'unk', 'pad'] as const).flatMap((name) => {
    const given = config[`${name}_token`];
    const token = isObject(given) ? given.content : given;
    const id = typeof token === 'string' ? tokens.get(token) : undefined;
    return id === undefined ? [] : [key(`${NAMES[name]}_token_id`, uint32(id))];
  });
  return [
    ...entries.metadata,
    ...withStops(special, json(GENERATION).eos_token_id),
    key('add_bos_token', { type: 'bool', value: addsBos(tokenizer, config) }),
    ...(typeof template === 'string' ? [['tokenizer.chat_template', text(template)] as const] : []),
  ];
}

const NAMES = { bos: 'bos', eos: 'eos', unk: 'unknown', pad: 'padding' } as const;

/**
 * Adds the ids that end an answer, from the `eos_token_id` of generation_config.json. The first one replaces the end
 * of a text (eos), and further ones become the end of a turn (eot) and of a message (eom).
 */
function withStops(special: Entries, given: unknown): Entries {
  const ids = (Array.isArray(given) ? (given as unknown[]) : [given]).filter(
    (id): id is number => typeof id === 'number',
  );
  if (ids.length === 0) return special;
  const eos = 'tokenizer.ggml.eos_token_id';
  const stops = ['eos', 'eot', 'eom'].slice(0, ids.length);
  return [
    ...special.filter(([name]) => name !== eos),
    ...stops.map((name, i) => key(`${name}_token_id`, uint32(ids[i]))),
  ];
}

function addsBos(tokenizer: JsonObject, config: JsonObject): boolean {
  if (typeof config.add_bos_token === 'boolean') return config.add_bos_token;
  const processor = JSON.stringify(tokenizer.post_processor ?? null);
  return processor.includes('"TemplateProcessing"') && processor.includes('"SpecialToken"');
}

interface WrittenVocabulary {
  readonly tokens: readonly string[];
  readonly metadata: Entries;
}

function writeVocabulary(tokenizer: JsonObject, vocabSize: number): WrittenVocabulary {
  const { model } = tokenizer;
  if (!isObject(model) || !isObject(model.vocab) || (model.type ?? 'BPE') !== 'BPE') {
    throw new RangeError(
      `model: expected byte pairs (BPE), which llama.cpp runs, got ${shownValue(isObject(model) ? model.type : model)}; train with --tokenizer bpe`,
    );
  }
  const isSentencePiece = model.byte_fallback === true;
  const merges = mergesOf(model.merges);
  const tokens = new Array<string | undefined>(vocabSize).fill(undefined);
  const types = new Array<number>(vocabSize).fill(TOKEN_TYPES.unused);
  const place = (token: string, id: unknown, type: number): void => {
    if (typeof id !== 'number' || !(id in tokens)) {
      throw new RangeError(
        `expected ids below ${vocabSize}, the size of the model's vocabulary, got ${shownValue(id)} for ${shownValue(token)}`,
      );
    }
    tokens[id] = token;
    types[id] = type;
  };
  for (const [token, id] of Object.entries(model.vocab)) {
    const isByte = isSentencePiece && /^<0x[0-9A-F]{2}>$/.test(token);
    place(token, id, isByte ? TOKEN_TYPES.byte : TOKEN_TYPES.normal);
  }
  for (const added of Array.isArray(tokenizer.added_tokens) ? tokenizer.added_tokens : []) {
    const { content, id, special } = isObject(added) ? added : {};
    const name = String(content);
    if (name === model.unk_token) place(name, id, TOKEN_TYPES.unknown);
    else if (special === true) place(name, id, TOKEN_TYPES.control);
    else place(isSentencePiece ? name.replaceAll(SPACE, ' ') : name, id, TOKEN_TYPES.userDefined);
  }
  const names = tokens.map((token, id) => token ?? `[PAD${id}]`);
  const lists = [
    key('tokens', { type: 'array', of: 'string', values: names }),
    key('token_type', { type: 'array', of: 'int32', values: types }),
  ];
  return {
    tokens: names,
    metadata: isSentencePiece
      ? [
          key('model', text('llama')),
          key('pre', text('default')),
          ...lists,
          key('scores', scoresOf(names, types, merges)),
          key('add_space_prefix', { type: 'bool', value: hasPrefix(tokenizer) }),
        ]
      : [
          key('model', text('gpt2')),
          key('pre', text(preOf(tokenizer, model))),
          ...lists,
          key('merges', {
            ...{ type: 'array', of: 'string', values: merges.map((pair) => pair.join(' ')) },
          }),
        ],
  };
}

function mergesOf(given: unknown): readonly (readonly string[])[] {
  if (!Array.isArray(given)) throw new TypeError('model.merges: expected a list, got none');
  return given.map((merge: unknown) =>
    typeof merge === 'string' ? merge.split(' ') : (merge as string[]),
  );
}

/** Returns GGUF's name for the tokenizer's pre-tokenizer. */
function preOf(tokenizer: JsonObject, model: JsonObject): string {
  const steps = stepsOf(tokenizer.pre_tokenizer)?.join('\n');
  const ignoresMerges = model.ignore_merges === true;
  const isNormalized = isObject(tokenizer.normalizer) && tokenizer.normalizer.type === 'NFC';
  const found = PRE_TOKENIZERS.find(
    (each) =>
      each.steps.join('\n') === steps &&
      (each.ignoresMerges ?? false) === ignoresMerges &&
      (each.isNormalized ?? false) === isNormalized,
  );
  if (found) return found.names[0];
  const known = PRE_TOKENIZERS.map(({ names }) => names[0]).join(', ');
  throw new RangeError(
    `pre_tokenizer: expected that of ${known}, which llama.cpp knows, got ${shownValue(tokenizer.pre_tokenizer)}`,
  );
}

/**
 * Returns a score for each piece: the earlier a merge creates it, the higher. Pieces that no merge creates
 * come last.
 */
function scoresOf(
  tokens: readonly string[],
  types: readonly number[],
  merges: readonly (readonly string[])[],
): TypedValue {
  const rankOf = new Map<string, number>();
  for (const [rank, pair] of merges.entries()) {
    const piece = pair.join('');
    if (!rankOf.has(piece)) rankOf.set(piece, rank);
  }
  const isPiece = (id: number): boolean =>
    types[id] === TOKEN_TYPES.normal || types[id] === TOKEN_TYPES.userDefined;
  const values = tokens.map((token, id) =>
    isPiece(id) ? -(rankOf.get(token.replaceAll(' ', SPACE)) ?? merges.length + id) : 0,
  );
  return { type: 'array', of: 'float32', values };
}

function hasPrefix({ normalizer, pre_tokenizer: cut }: JsonObject): boolean {
  const parts: unknown[] =
    isObject(normalizer) && Array.isArray(normalizer.normalizers)
      ? normalizer.normalizers
      : [normalizer];
  return (
    parts.some((part) => isObject(part) && part.type === 'Prepend') ||
    (isObject(cut) && cut.type === 'Metaspace' && cut.prepend_scheme !== 'never')
  );
}

function key(name: string, value: TypedValue): readonly [string, TypedValue] {
  return [`tokenizer.ggml.${name}`, value];
}

function text(value: string): TypedValue {
  return { type: 'string', value };
}

function uint32(value: number): TypedValue {
  return { type: 'uint32', value };
}
