/** Values with which a field has no effect on outputs, or `any` if no value has an effect. */
type Neutral = 'any' | readonly unknown[];

/**
 * Fields of OpenAI, vLLM and llama.cpp that have no effect in ramble, with the values that are accepted, usually the
 * defaults. Any other value is refused, unless ramble has a field of the same name.
 */
const IGNORED: Readonly<Record<string, Neutral>> = {
  // OpenAI's, about users, billing and storage; a prediction only speeds up an answer
  ...fieldsOf('any', 'user', 'metadata', 'store', 'service_tier', 'safety_identifier'),
  ...fieldsOf('any', 'prompt_cache_key', 'prompt_cache_retention', 'prediction'),
  reasoning_effort: 'any', // chats pass it to templates that read it
  verbosity: ['medium'],
  response_format: [{ type: 'text' }],
  suffix: [''],
  // Hugging Face's and vLLM's; texts get no special tokens here
  ...fieldsOf('any', 'use_cache', 'priority', 'request_id', 'cache_salt'),
  ...fieldsOf('any', 'add_special_tokens', 'spaces_between_special_tokens'),
  ...fieldsOf([false], 'use_beam_search', 'include_stop_str_in_output'),
  ...fieldsOf([false], 'return_tokens_as_token_ids', 'return_token_ids'),
  skip_special_tokens: [true],
  // llama.cpp's
  ...fieldsOf('any', 'cache_prompt', 'id_slot', 'timings_per_token', 'return_progress'),
  ...fieldsOf('any', 'mirostat_tau', 'mirostat_eta', 'dynatemp_exponent', 'xtc_threshold'),
  ...fieldsOf('any', 'dry_base', 'dry_allowed_length', 'dry_penalty_last_n'),
  dry_sequence_breakers: 'any',
  ...fieldsOf([false], 'return_tokens', 'post_sampling_probs'),
  ...fieldsOf([0], 'n_probs', 'n_keep', 'n_discard', 'n_indent', 'min_keep', 'mirostat'),
  ...fieldsOf([0], 'dynatemp_range', 'dry_multiplier', 'xtc_probability'),
  top_n_sigma: [-1],
  t_max_predict_ms: [0, -1],
  tfs_z: [1],
  grammar: [''],
  lora: [[]],
};

function fieldsOf(neutral: Neutral, ...names: readonly string[]): Record<string, Neutral> {
  return Object.fromEntries(names.map((name) => [name, neutral]));
}

type Body = Readonly<Record<string, unknown>>;

/** A request body without the fields that have no effect, and the names of the removed fields. */
export interface Sifted {
  readonly fields: Body;
  readonly ignored: readonly string[];
}

/** Removes those fields of a request body that have no effect on outputs, and returns their names. */
export function siftIgnored(body: Body): Sifted {
  const ignored = Object.keys(body).filter((name) => isIgnored(name, body[name]));
  const rest = Object.entries(body).filter(([name, value]) => {
    const isAbsent = value === null && Object.hasOwn(IGNORED, name);
    return !isAbsent && !ignored.includes(name);
  });
  return { fields: Object.fromEntries(rest), ignored };
}

/**
 * Returns the accepted values of a field, if only values without effect are accepted: `null or 1`. `undefined` for
 * other fields.
 */
export function neutralValues(name: string): string | undefined {
  const neutral = Object.hasOwn(IGNORED, name) ? IGNORED[name] : undefined;
  if (neutral === undefined || neutral === 'any') return undefined;
  return neutral.map((value) => JSON.stringify(value)).join(' or ');
}

function isIgnored(name: string, value: unknown): boolean {
  if (!Object.hasOwn(IGNORED, name) || value === null) return false; // null counts as absent
  const neutral = IGNORED[name];
  return neutral === 'any' || neutral.some((each) => isSame(each, value));
}

/** Whether a value equals the expected value; false for nested values and values with three or more entries. */
function isSame(expected: unknown, value: unknown): boolean {
  if (typeof expected !== 'object') return expected === value;
  if (typeof value !== 'object' || value === null) return false;
  const isFlat = Object.values(value).every((each) => typeof each !== 'object');
  return (
    Array.isArray(value) === Array.isArray(expected) &&
    isFlat &&
    Object.keys(value).length < 3 &&
    JSON.stringify(expected) === JSON.stringify(value)
  );
}

/** Details of a refusal in addition to its message. */
export interface Refusal {
  /** HTTP status; 400 unless given. */
  readonly status?: number;
  /** Field of the request that is wrong. */
  readonly field?: string;
  /** OpenAI's error code, if it has one for this refusal. */
  readonly code?: string;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error that is sent to the client, because its request was refused or abandoned. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;
  readonly field?: string;
  readonly code?: string;
  readonly retryAfterSeconds?: number;

  constructor(message: string, { status = 400, field, code, ...more }: Refusal = {}) {
    super(message, { cause: more.cause });
    this.status = status;
    this.field = field;
    this.code = code;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** Makes a refusal from an error message that begins with the name of a field and a colon. */
export function refusalOf(message: string, cause: unknown): RequestError {
  return new RequestError(message, { field: /^[^:]*/.exec(message)?.[0], cause });
}

/** Makes the error for a wrong value of a field: `FIELD: expected …, got …`. */
export function refuse(field: string, expected: string, got: unknown): RequestError {
  return new RequestError(`${field}: expected ${expected}, got ${describe(got)}`, { field });
}

/**
 * Returns the value of an optional field; `undefined` if it is absent or null.
 *
 * @throws RequestError for a value of another kind.
 */
export function optional<Value>(
  field: string,
  given: unknown,
  isValue: (given: unknown) => given is Value,
  expected: string,
): Value | undefined {
  if (given === undefined || given === null) return undefined;
  if (isValue(given)) return given;
  throw refuse(field, expected, given);
}

/** Describes a value in a few words, whatever its size. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value);
}
