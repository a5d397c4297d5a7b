import { checkSettings, describeSetting, samplingConfig, type Setting } from '@ramble/core';

import { type Fields, FIELDS } from './fields.js';
import { RequestError } from './request-error.js';

/** A prompt as it was sent: text, or token ids. */
export type GivenPrompt = string | readonly number[];

/** The body of a request for completions, checked as far as that needs no model. */
export interface CompletionRequest extends Fields {
  readonly prompts: readonly GivenPrompt[];
  /** Texts before which an output ends. */
  readonly stop: readonly string[];
  readonly logitBias: readonly { readonly token: number; readonly bias: number }[];
  /** Tokens that end an output, beside the model's own. */
  readonly stopTokens: readonly number[];
  readonly includesUsage: boolean;
}

/** OpenAI's limits. */
const MOST_STOPS = 4;
const HIGHEST_BIAS = 100;

/**
 * Reads the body of a request.
 *
 * @throws RequestError that names the field.
 */
export function parseRequest(body: unknown): CompletionRequest {
  if (!isRecord(body)) {
    throw refuse('body', 'a JSON object', body);
  }
  const { prompt, stop, stop_token_ids, logit_bias, stream_options, suffix, ...plain } = body;
  if (suffix !== undefined && suffix !== null) {
    throw refuse('suffix', 'nothing, for this model writes at the end alone', suffix);
  }
  const fields = checkFields(plain);
  const { n, best_of = n, stream } = fields;
  if (best_of < n) throw refuse('best_of', `at least n (${n})`, best_of);
  if (best_of > n && stream) {
    throw refuse('best_of', `n (${n}) in a stream, which cannot take outputs back`, best_of);
  }
  return {
    ...fields,
    prompts: parsePrompts(prompt),
    stop: parseStop(stop),
    logitBias: parseBias(logit_bias),
    stopTokens: parseStopTokens(stop_token_ids),
    includesUsage: parseStreamOptions(stream_options, stream),
  };
}

/** @throws RequestError for an unknown field or a wrong value. */
function checkFields(given: Readonly<Record<string, unknown>>): Fields {
  for (const [name, value] of Object.entries(given)) {
    // An object is never right here, and printing one that is nested deeply would not end well.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(FIELDS, name)) continue;
    throw refuse(name, describeSetting((FIELDS as Record<string, Setting>)[name]), value); // it has the name
  }
  try {
    const fields = checkSettings(FIELDS, given);
    const { temperature } = fields;
    if (temperature > 0) samplingConfig({ temperature }); // some are too small to divide by
    return fields;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = error.message
      .replace(': unknown setting.', ': unknown field.')
      .replace('use the method greedy', 'send 0');
    throw new RequestError(message, { field: /^[^:]*/.exec(message)?.[0], cause: error });
  }
}

function parsePrompts(prompt: unknown): GivenPrompt[] {
  const expected = 'a text, token ids, or a list of one of them';
  if (prompt === undefined || prompt === null) return [''];
  if (typeof prompt === 'string') return [prompt];
  if (!Array.isArray(prompt) || prompt.length === 0) throw refuse('prompt', expected, prompt);
  const list: readonly unknown[] = prompt;
  if (list.every(isText)) return [...list];
  if (list.every(isId)) return [[...list]];
  if (list.every(isIds)) return [...list];
  throw refuse('prompt', expected, prompt);
}

function parseStop(stop: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(stop) ? stop : [stop ?? []].flat();
  if (list.length > MOST_STOPS) {
    throw refuse('stop', `at most ${MOST_STOPS} texts`, list);
  }
  if (!list.every(isText) || list.includes('')) {
    throw refuse('stop', 'a text or a list of texts, none of them empty', stop);
  }
  return [...list];
}

function parseStopTokens(given: unknown): readonly number[] {
  if (given === undefined || given === null) return [];
  const list: readonly unknown[] | undefined = Array.isArray(given) ? given : undefined;
  if (list?.every(isId)) return list;
  throw refuse('stop_token_ids', 'a list of token ids', given);
}

function parseBias(given: unknown): CompletionRequest['logitBias'] {
  if (given === undefined || given === null) return [];
  if (!isRecord(given)) throw refuse('logit_bias', 'an object of token ids', given);
  return Object.entries(given).map(([id, bias]) => {
    if (!/^\d{1,9}$/.test(id)) throw refuse('logit_bias', 'token ids', id);
    if (typeof bias !== 'number' || !(Math.abs(bias) <= HIGHEST_BIAS)) {
      throw refuse('logit_bias', `numbers from -${HIGHEST_BIAS} to ${HIGHEST_BIAS}`, bias);
    }
    return { token: Number(id), bias };
  });
}

function parseStreamOptions(given: unknown, stream: boolean): boolean {
  if (given === undefined || given === null) return false;
  if (!isRecord(given)) throw refuse('stream_options', 'an object', given);
  if (!stream) throw refuse('stream_options', 'nothing without stream', given);
  const { include_usage = false, ...others } = given;
  const unknown = Object.keys(others).at(0);
  if (unknown !== undefined) throw refuse('stream_options', 'include_usage', unknown);
  if (typeof include_usage !== 'boolean') {
    throw refuse('stream_options', 'true or false for include_usage', include_usage);
  }
  return include_usage;
}

/** An error about a field. */
export function refuse(field: string, expected: string, got: unknown): RequestError {
  return new RequestError(`${field}: expected ${expected}, got ${describe(got)}`, { field });
}

/** A value in a few words, whatever its size. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isId = (value: unknown): value is number => Number.isSafeInteger(value);
const isIds = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every(isId);
