import type { DomainFactory, Files, SamplingConfig } from '@ramble/core';
import { samplingConfig } from '@ramble/core/domain';
import {
  formatJson,
  isObject,
  type JsonObject,
  named,
  parseJson,
  shownText,
} from '@ramble/core/files';
import {
  byteTokenizer,
  gpt2Tokenizer,
  loadTokenizer,
  type Tokenizer,
  trainBpe,
  trainCharacters,
} from '@ramble/tokenizers';

import type { TextOptions } from './options.js';
import {
  type TextDomain,
  textDomain,
  type TextDomainOptions,
  type TextExample,
} from './text-domain.js';

/** Makes text domains: learns a tokenizer, saves it as the run's `domain/`, and loads it again. */
export const textFactory: DomainFactory<TextDomain, TextExample, TextOptions> = {
  fit: async (examples, options) => {
    let documents = 0;
    async function* texts(): AsyncGenerator<string> {
      for await (const { text, endsDocument } of examples) {
        if (endsDocument) documents++;
        yield text;
      }
    }
    const tokenizer = await makeTokenizer(texts(), options);
    return textDomain(tokenizer, documents === 1 ? lineStart(tokenizer) : undefined);
  },

  save: (domain) => ({ ...domain.tokenizer.save(), ...writeTextSettings(domain) }),

  load: async (files) => {
    const tokenizer = await loadTokenizer(files);
    const { start, ...settings } = readTextSettings(files, tokenizer.vocabSize);
    return textDomain(tokenizer, start, settings);
  },
};

function makeTokenizer(
  texts: AsyncIterable<string>,
  { tokenizer, bpeVocabSize, unknown }: TextOptions,
): Promise<Tokenizer> {
  switch (tokenizer) {
    case 'char':
      return trainCharacters(texts, { unknown });
    case 'bpe':
      return trainBpe(texts, { vocabSize: bpeVocabSize });
    case 'bytes':
      return drained(texts, () => byteTokenizer());
    case 'gpt2':
      return drained(texts, () => gpt2Tokenizer());
  }
}

/**
 * Reads all training texts before making a tokenizer that does not learn from them: documents are counted, and
 * malformed text is found early.
 */
async function drained<T>(texts: AsyncIterable<string>, make: () => T | Promise<T>): Promise<T> {
  const reader = texts[Symbol.asyncIterator]();
  while (!(await reader.next()).done);
  return make();
}

/**
 * Returns the ids that start an output without a prompt, if the training data is a single document: a line break, or
 * `undefined` if the tokenizer cannot encode one. A single document has no `<|endoftext|>` inside, so the model would
 * not know what follows that token.
 */
function lineStart(tokenizer: Tokenizer): readonly number[] | undefined {
  try {
    return Array.from(tokenizer.encode('\n'));
  } catch {
    return undefined; // characters of a text without line ends
  }
}

const SETTINGS_FILE = 'text.json';

/** Settings of a text domain that a run stores in addition to its tokenizer. */
interface TextSettings extends Pick<TextDomainOptions, 'stopTokens' | 'chatTemplate'> {
  readonly start: readonly number[];
}

/** Returns the files of a text domain's settings; defaults are left out. */
function writeTextSettings({
  start,
  stopTokens,
  chatTemplate,
  tokenizer: { endOfText },
}: Pick<TextDomain, 'start' | 'stopTokens' | 'chatTemplate' | 'tokenizer'>): Files {
  const settings = {
    start,
    ...(stopTokens.some((id) => id !== endOfText) && { stopTokens }),
    ...(chatTemplate && { specialTokens: chatTemplate.specialTokens }),
    ...(chatTemplate?.sampling && { sampling: chatTemplate.sampling }),
  };
  return {
    [SETTINGS_FILE]: formatJson(settings),
    ...(chatTemplate && { [CHAT_TEMPLATE_FILE]: chatTemplate.source }),
  };
}

/**
 * Reads the settings of a saved text domain.
 *
 * @throws RangeError that names the file.
 */
function readTextSettings(files: Files, vocabSize: number): TextSettings {
  const fail = (got: string): RangeError =>
    new RangeError(`${SETTINGS_FILE}: expected { "start": [ids below ${vocabSize}] }, got ${got}`);
  if (!Object.hasOwn(files, SETTINGS_FILE)) {
    throw new RangeError(`${SETTINGS_FILE}: expected settings, got no such file`);
  }
  let parsed: unknown;
  try {
    parsed = parseJson(files[SETTINGS_FILE]);
  } catch (cause) {
    throw Object.assign(fail('broken JSON'), { cause });
  }
  const {
    start,
    stopTokens,
    specialTokens = {},
    ...more
  } = (parsed ?? {}) as Record<string, unknown>; // any JSON
  const isId = (id: unknown): id is number =>
    Number.isInteger(id) && (id as number) >= 0 && (id as number) < vocabSize; // an integer here
  const isIds = (ids: unknown): ids is readonly number[] =>
    Array.isArray(ids) && ids.length > 0 && ids.every(isId);
  const areTokens =
    isTexts(specialTokens) && (stopTokens === undefined || isIds(stopTokens)) && isIds(start);
  if (!areTokens) throw fail(shownText(files[SETTINGS_FILE].trim()));
  return {
    start,
    stopTokens,
    ...(Object.hasOwn(files, CHAT_TEMPLATE_FILE) && {
      chatTemplate: {
        source: checkTemplate(files[CHAT_TEMPLATE_FILE]),
        specialTokens,
        ...(isObject(more.sampling) && { sampling: checkSampling(more.sampling) }),
      },
    }),
  };
}

function checkSampling(given: JsonObject): Partial<SamplingConfig> {
  named(`${SETTINGS_FILE}: sampling`, () => samplingConfig(given));
  return given;
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

/** Name of the file with the chat template, in a run and in a Hugging Face folder. */
export const CHAT_TEMPLATE_FILE = 'chat_template.jinja';

/** Maximum length of a chat template: over a hundred times the longest of published models. */
const MAX_CHARACTERS = 2 ** 20;

/**
 * Checks the length of a chat template.
 *
 * @returns the text.
 * @throws RangeError if it is far longer than any published template.
 */
export function checkTemplate(source: string): string {
  if (source.length <= MAX_CHARACTERS) return source;
  throw new RangeError(
    `${CHAT_TEMPLATE_FILE}: expected at most ${MAX_CHARACTERS} characters, got ${source.length}`,
  );
}
