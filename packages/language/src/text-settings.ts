import { type Files, samplingConfig, type SamplingConfig } from '@ramble/core';
import { isObject, type JsonObject, parseJson, shownText } from '@ramble/core/files';

import { CHAT_TEMPLATE_FILE, checkTemplate } from './chat-template-file.js';
import type { TextDomain, TextDomainOptions } from './text-domain.js';

const SETTINGS_FILE = 'text.json';

/** What a run keeps of a text domain beside its tokenizer. */
export interface TextSettings extends Pick<TextDomainOptions, 'stopTokens' | 'chatTemplate'> {
  readonly start: readonly number[];
}

/** The files of a text domain's settings; those that it has by default are left out. */
export function writeTextSettings({
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
    [SETTINGS_FILE]: `${JSON.stringify(settings, undefined, 2)}\n`,
    ...(chatTemplate && { [CHAT_TEMPLATE_FILE]: chatTemplate.source }),
  };
}

/**
 * Reads the settings of a saved text domain.
 *
 * @throws RangeError that names the file.
 */
export function readTextSettings(files: Files, vocabSize: number): TextSettings {
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
  try {
    samplingConfig(given);
    return given;
  } catch (error) {
    throw new RangeError(
      `${SETTINGS_FILE}: sampling: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}
