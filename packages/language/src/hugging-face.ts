import type { Files } from '@ramble/core';
import type { HuggingFaceForm } from '@ramble/core/app';
import { type ChatTemplate, checkSettings, samplingConfig } from '@ramble/core/domain';
import {
  formatJson,
  isObject,
  type JsonObject,
  named,
  parseObject,
  shownValue,
} from '@ramble/core/files';
import { huggingFaceFiles, huggingFaceTokenizer, type Tokenizer } from '@ramble/tokenizers';

import { type TextDomain, textDomain } from './text-domain.js';
import { TEXT_OPTIONS } from './options.js';
import { CHAT_TEMPLATE_FILE, checkTemplate } from './text-factory.js';

const [TOKENIZER_CONFIG, GENERATION_CONFIG] = ['tokenizer_config.json', 'generation_config.json'];

/** Names of the files of a Hugging Face folder that may contain its chat template and stop tokens. */
const huggingFaceChatFiles: readonly string[] = [
  TOKENIZER_CONFIG,
  GENERATION_CONFIG,
  CHAT_TEMPLATE_FILE,
];

const SPECIAL_TOKENS = ['bos_token', 'eos_token', 'unk_token', 'pad_token'];

/** Chat settings of a Hugging Face folder. */
interface HuggingFaceChat {
  /** Ids that end an output. */
  readonly stopTokens: readonly number[];
  readonly chatTemplate?: ChatTemplate;
}

/**
 * Reads the chat template and the stop tokens of a Hugging Face folder. As in transformers, the file
 * `chat_template.jinja` overrides the template of `tokenizer_config.json`, which may be a list of named
 * templates, and `generation_config.json` has the stop tokens.
 *
 * @param idOf - Returns the id of a special token, for a folder without a generation_config.json.
 * @throws RangeError or TypeError that names the file and the field.
 */
function readHuggingFaceChat(
  files: Files,
  vocabSize: number,
  idOf: (token: string) => number | undefined,
): HuggingFaceChat {
  const config = readJson(files, TOKENIZER_CONFIG) ?? {};
  const specialTokens = readSpecialTokens(config);
  const source = Object.hasOwn(files, CHAT_TEMPLATE_FILE)
    ? files[CHAT_TEMPLATE_FILE]
    : readTemplate(config.chat_template ?? undefined);
  const generation = readJson(files, GENERATION_CONFIG);
  const end = Object.hasOwn(specialTokens, 'eos_token') ? idOf(specialTokens.eos_token) : undefined;
  return {
    stopTokens: generation
      ? readStopTokens(generation.eos_token_id ?? [], vocabSize)
      : [end ?? []].flat(),
    ...(source !== undefined && {
      chatTemplate: { source: checkTemplate(source), specialTokens, ...readSampling(generation) },
    }),
  };
}

/** Names of sampling settings: ramble's name for each one in transformers' generation_config.json. */
const SAMPLING_NAMES = {
  temperature: 'temperature',
  top_k: 'topK',
  top_p: 'topP',
  min_p: 'minP',
  repetition_penalty: 'repetitionPenalty',
} as const;

/** Reads the sampling settings that a model's authors recommend. */
function readSampling(generation: JsonObject | undefined): Pick<ChatTemplate, 'sampling'> {
  if (generation?.do_sample !== true) return {};
  const given = Object.entries(SAMPLING_NAMES).flatMap(([theirs, name]) => {
    const value = generation[theirs] ?? undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  if (given.length === 0) return {};
  const sampling: ChatTemplate['sampling'] = Object.fromEntries(given);
  named(GENERATION_CONFIG, () => samplingConfig(sampling));
  return { sampling };
}

/**
 * Adds a domain's chat template and stop tokens to the files of a Hugging Face folder. Without a chat template, the
 * files are returned unchanged.
 *
 * @param written - Files of the folder so far, including the tokenizer's.
 */
function writeHuggingFaceChat(
  { stopTokens, chatTemplate }: HuggingFaceChat,
  written: Files,
): Files {
  if (!chatTemplate) return written;
  const { source, specialTokens, sampling = {} } = chatTemplate;
  const config = { ...readJson(written, TOKENIZER_CONFIG), ...specialTokens };
  const recommended = Object.entries(SAMPLING_NAMES).flatMap(([theirs, name]) =>
    sampling[name] === undefined ? [] : [[theirs, sampling[name]] as const],
  );
  const generation = {
    eos_token_id: stopTokens.length === 1 ? stopTokens[0] : stopTokens,
    ...(recommended.length > 0 && { do_sample: true, ...Object.fromEntries(recommended) }),
  };
  return {
    ...written,
    [TOKENIZER_CONFIG]: formatJson(config),
    [GENERATION_CONFIG]: formatJson(generation),
    [CHAT_TEMPLATE_FILE]: source,
  };
}

function readJson(files: Files, name: string): JsonObject | undefined {
  return Object.hasOwn(files, name) ? named(name, () => parseObject(files[name])) : undefined;
}

/** Reads the texts of special tokens, which are strings or objects with options. */
function readSpecialTokens(config: JsonObject): Record<string, string> {
  const found = SPECIAL_TOKENS.flatMap((name): [string, string][] => {
    const given = config[name] ?? undefined;
    const text = isObject(given) ? given.content : given;
    if (text === undefined) return [];
    if (typeof text === 'string') return [[name, text]];
    throw new TypeError(`${TOKENIZER_CONFIG}: ${name}: expected a text, got ${shownValue(text)}`);
  });
  return Object.fromEntries(found);
}

function readTemplate(given: unknown): string | undefined {
  if (given === undefined || typeof given === 'string') return given;
  const named: readonly unknown[] = Array.isArray(given) ? given : [];
  const usual = named.find((each) => isObject(each) && each.name === 'default');
  const template = isObject(usual) ? usual.template : undefined;
  if (typeof template === 'string') return template;
  throw new TypeError(
    `${TOKENIZER_CONFIG}: chat_template: expected a text, or a list with a template of the name default, got ${shownValue(given)}`,
  );
}

function readStopTokens(given: unknown, vocabSize: number): readonly number[] {
  const ids: readonly unknown[] = Array.isArray(given) ? given : [given];
  const isId = (id: unknown): id is number =>
    Number.isInteger(id) && (id as number) >= 0 && (id as number) < vocabSize; // an integer here
  if (ids.every(isId)) return ids;
  throw new RangeError(
    `${GENERATION_CONFIG}: eos_token_id: expected ids below ${vocabSize}, got ${shownValue(given)}`,
  );
}

/** Reads a text domain from a Hugging Face folder and writes it to one. */
export const textHuggingFace: HuggingFaceForm<TextDomain> = {
  files: [...new Set([...huggingFaceFiles, ...huggingFaceChatFiles])],
  read: async (files, vocabSize) => {
    const tokenizer = await huggingFaceTokenizer(files, vocabSize);
    const { specialTokens } = tokenizer;
    const chat = readHuggingFaceChat(files, vocabSize, (token) => specialTokens.get(token));
    return { domain: textDomain(tokenizer, undefined, chat), options: optionsOf(tokenizer) };
  },
  write: (domain, contextLength) =>
    writeHuggingFaceChat(domain, domain.tokenizer.toHuggingFace(contextLength)),
};

/**
 * Returns the text options for a tokenizer of the same kind. No options make a `pipeline` tokenizer; for it, the
 * option `tokenizer` names the file that defines it.
 */
function optionsOf({ kind, vocabSize }: Tokenizer): JsonObject {
  switch (kind) {
    case 'pipeline':
      return { tokenizer: 'tokenizer.json' };
    case 'bpe':
      return { ...checkSettings(TEXT_OPTIONS, { tokenizer: 'bpe' }), bpeVocabSize: vocabSize };
    case 'characters':
      return { ...checkSettings(TEXT_OPTIONS, { tokenizer: 'char' }) };
    case 'bytes':
    case 'gpt2':
      return { ...checkSettings(TEXT_OPTIONS, { tokenizer: kind }) };
  }
}
