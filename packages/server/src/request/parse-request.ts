import { checkSettings, type SamplingConfig } from '@ramble/core';
import { describeSetting, type Setting } from '@ramble/core/app';
import { isObject } from '@ramble/core/files';

import {
  askedSampling,
  type DomainFields,
  FIELDS,
  type Fields,
  SAMPLING_FIELDS,
} from './fields.js';
import { fieldAdvice, inTypedName, nameFields } from './foreign-fields.js';
import {
  neutralValues,
  optional,
  refusalOf,
  refuse,
  RequestError,
  siftIgnored,
} from './ignored-fields.js';
import { type RequestedConstraint, takeConstraint } from './parse-constraint.js';

/** The prompt of a request: text, or token ids. */
export type GivenPrompt = string | readonly number[];

/** The body of a completion request, checked without a model. */
export interface CompletionRequest extends Fields {
  readonly prompts: readonly GivenPrompt[];
  /** Texts before which an output ends. */
  readonly stop: readonly string[];
  readonly logitBias: readonly { readonly token: number; readonly bias: number }[];
  /** Tokens that end an output, in addition to the model's own. */
  readonly stopTokens: readonly number[];
  /** The only tokens that may be sampled; all unless given. */
  readonly allowedTokens?: readonly number[];
  /** Tokens that are never sampled. */
  readonly suppressedTokens: readonly number[];
  /** Tokens that no output begins with. */
  readonly beginSuppressedTokens: readonly number[];
  /** Sequences of tokens that never occur in an output. */
  readonly blockedSequences: readonly (readonly number[])[];
  readonly includesUsage: boolean;
  /** The given sampling settings, without the number of tokens. */
  readonly sampling: Readonly<Partial<SamplingConfig>>;
  /** Values of the domain's own fields that were given. */
  readonly promptOptions: Readonly<Record<string, unknown>>;
  /** Domain's field that contains the prompt in base64, such as `melody`. */
  readonly promptField?: string;
  /** Constraint on the text of outputs: a JSON schema, a regular expression or a grammar. */
  readonly constraint?: RequestedConstraint;
  /** Names of the given fields that have no effect. */
  readonly ignored: readonly string[];
  /** Whether the output is cached, so that the next turn of a chat continues from it without recomputing. */
  readonly cachesOutputs?: boolean;
}

/**
 * Maximum number of stop texts of a request. OpenAI allows 4, but lm-evaluation-harness sends all of a task and its
 * own.
 */
const MAX_STOPS = 16;
const HIGHEST_BIAS = 100;

const NO_FIELDS: DomainFields = { settings: {}, files: [] };

/**
 * Reads the body of a request.
 *
 * @param own - Fields of the domain.
 * @throws RequestError that names the field.
 */
export function parseRequest(body: unknown, own: DomainFields = NO_FIELDS): CompletionRequest {
  if (!isObject(body)) throw refuse('body', 'a JSON object', body);
  if (Object.hasOwn(body, '')) throw refuse('body', 'a name for every field', '');
  const { fields: sifted, ignored } = siftIgnored(body);
  const { fields, typed } = nameFields(sifted, own);
  try {
    const { constraint, others } = takeConstraint(fields);
    return { ...parseFields(others, own), ...(constraint && { constraint }), ignored };
  } catch (error) {
    throw inTypedName(error, typed);
  }
}

function parseFields(
  sent: Readonly<Record<string, unknown>>,
  own: DomainFields,
): Omit<CompletionRequest, 'ignored'> {
  const { prompt, stop, logit_bias, stream_options, suffix, early_stopping } = sent;
  if (suffix !== undefined && suffix !== null) {
    throw refuse('suffix', 'nothing, because this model only continues the end of a text', suffix);
  }
  const plain = Object.entries(sent).filter(
    ([name]) => !STRUCTURED_FIELDS.includes(name) && !own.files.includes(name),
  );
  const { fields, sampling, promptOptions } = checkFields(Object.fromEntries(plain), own.settings);
  const { n, best_of = n, stream } = fields;
  const early = optional('early_stopping', early_stopping, isEarly, 'true, false or "never"');
  const isSearch = fields.use_beam_search === true || (sampling.numBeams ?? 1) > 1;
  if (best_of < n) throw refuse('best_of', `at least n (${n})`, best_of);
  if (best_of > n && stream && !isSearch) {
    throw refuse('best_of', `n (${n}) in a stream, which cannot withdraw outputs`, best_of);
  }
  return {
    ...fields,
    ...findPrompts(prompt, sent, own.files),
    stop: parseStop(stop),
    logitBias: parseBias(logit_bias),
    stopTokens: parseIds('stop_token_ids', sent) ?? [],
    allowedTokens: parseIds('allowed_tokens', sent),
    suppressedTokens: parseIds('suppressed_tokens', sent) ?? [],
    beginSuppressedTokens: parseIds('begin_suppressed_tokens', sent) ?? [],
    blockedSequences: optional('blocked_sequences', sent.blocked_sequences, isRuns, RUNS) ?? [],
    includesUsage: parseStreamOptions(stream_options, stream),
    sampling: { ...sampling, ...(early !== undefined && { earlyStopping: `${early}` }) },
    promptOptions,
  };
}

/** Fields that are lists or objects, or have several forms. */
const STRUCTURED_FIELDS: readonly string[] = [
  ...['prompt', 'stop', 'stop_token_ids', 'allowed_tokens', 'suppressed_tokens'],
  ...['begin_suppressed_tokens', 'blocked_sequences', 'logit_bias', 'stream_options', 'suffix'],
  'early_stopping',
];

function checkFields(
  given: Readonly<Record<string, unknown>>,
  own: DomainFields['settings'],
): Pick<CompletionRequest, 'sampling' | 'promptOptions'> & { readonly fields: Fields } {
  const isGiven = (name: string): boolean => given[name] !== undefined && given[name] !== null;
  const table: Readonly<Record<string, Setting>> = { ...FIELDS, ...SAMPLING_FIELDS, ...own };
  for (const [name, value] of Object.entries(given)) {
    const neutral = neutralValues(name);
    if (neutral !== undefined && !Object.hasOwn(table, name)) {
      throw refuse(name, `${neutral}, which changes no output`, value);
    }
    const advice = Object.hasOwn(table, name) ? undefined : fieldAdvice(name, value);
    if (advice !== undefined) {
      throw new RequestError(`${name}: unknown field. ${advice}`, { field: name });
    }
    // An object is never valid here, and printing a deeply nested one could overflow the stack.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(table, name)) continue;
    throw refuse(name, describeSetting(table[name]), value);
  }
  try {
    const checked = checkSettings<unknown>(table, given) as Readonly<Record<string, unknown>>;
    const names = Object.keys(FIELDS);
    const fields = Object.fromEntries(names.map((name) => [name, checked[name]]));
    const others = Object.entries(given).filter(([name]) => !Object.hasOwn(own, name));
    const promptOptions = Object.keys(own).filter(isGiven);
    return {
      fields: fields as unknown as Fields, // the table's own type
      sampling: askedSampling(Object.fromEntries(others)),
      promptOptions: Object.fromEntries(promptOptions.map((name) => [name, given[name]])),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw refusalOf(error.message.replace(': unknown setting.', ': unknown field.'), error);
  }
}

/** Reads the prompts, from `prompt` or from a field of the domain that contains one. */
function findPrompts(
  prompt: unknown,
  sent: Readonly<Record<string, unknown>>,
  files: readonly string[],
): Pick<CompletionRequest, 'prompts' | 'promptField'> {
  const given = files.filter((name) => sent[name] !== undefined && sent[name] !== null);
  const field = given.at(0);
  if (field === undefined) return { prompts: parsePrompts(prompt) };
  const content = sent[field];
  if (typeof content !== 'string') throw refuse(field, 'a file in base64', content);
  const others = [
    ...given.slice(1),
    ...(prompt === undefined || prompt === null ? [] : ['prompt']),
  ];
  if (others.length > 0) throw refuse(others[0], `nothing with ${field}`, sent[others[0]]);
  return { prompts: [content], promptField: field };
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
  if (list.length > MAX_STOPS) throw refuse('stop', `at most ${MAX_STOPS} texts`, list);
  if (!list.every(isText) || list.includes('')) {
    throw refuse('stop', 'a text or a list of texts, none of them empty', stop);
  }
  return [...list];
}

/** Reads the token ids of a field, a list or a single id; `undefined` if it is absent. */
function parseIds(
  field: string,
  { [field]: given }: Readonly<Record<string, unknown>>,
): readonly number[] | undefined {
  const found = optional(field, given, isIdOrIds, 'a list of token ids');
  return found === undefined ? undefined : [found].flat();
}

function parseBias(given: unknown): CompletionRequest['logitBias'] {
  const biases = optional('logit_bias', given, isObject, 'an object of token ids') ?? {};
  return Object.entries(biases).map(([id, bias]) => {
    if (!/^\d{1,9}$/.test(id)) throw refuse('logit_bias', 'token ids', id);
    if (typeof bias !== 'number' || !(Math.abs(bias) <= HIGHEST_BIAS)) {
      throw refuse('logit_bias', `numbers from -${HIGHEST_BIAS} to ${HIGHEST_BIAS}`, bias);
    }
    return { token: Number(id), bias };
  });
}

function parseStreamOptions(given: unknown, stream: boolean): boolean {
  const options = optional('stream_options', given, isObject, 'an object');
  if (!options) return false;
  if (!stream) throw refuse('stream_options', 'nothing without stream', given);
  // OpenAI's padding of events and vLLM's counts in each event are off by default, and always off here.
  const { include_usage = false, include_obfuscation, continuous_usage_stats, ...others } = options;
  const unknown = Object.keys(others).at(0);
  if (unknown !== undefined) throw refuse('stream_options', 'include_usage', unknown);
  for (const [name, value] of Object.entries({ include_obfuscation, continuous_usage_stats })) {
    if (value !== undefined && value !== null && value !== false) {
      throw refuse('stream_options', `false for ${name}`, value);
    }
  }
  if (typeof include_usage !== 'boolean') {
    throw refuse('stream_options', 'true or false for include_usage', include_usage);
  }
  return include_usage;
}

export const isText = (value: unknown): value is string => typeof value === 'string';
const isId = (value: unknown): value is number => Number.isSafeInteger(value);
const isIds = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every(isId);
const isIdOrIds = (value: unknown): value is number | readonly number[] =>
  [value].flat().every(isId);
const RUNS = 'a list of lists of token ids, [[5, 7]]';
const isRuns = (value: unknown): value is readonly (readonly number[])[] =>
  Array.isArray(value) && value.every(isIds);
const isEarly = (value: unknown): value is boolean | 'never' =>
  typeof value === 'boolean' || value === 'never';
