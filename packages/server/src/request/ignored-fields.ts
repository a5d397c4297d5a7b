/** Values with which a field changes no output. */
type Neutral = 'any' | readonly unknown[];

/**
 * Fields of OpenAI, vLLM and llama.cpp that have no effect here, with the values that have none, usually the
 * defaults. Any other value is refused, unless the field is known.
 */
const IGNORED: Readonly<Record<string, Neutral>> = {
  // OpenAI's, about users, billing and storage.
  user: 'any',
  metadata: 'any',
  store: 'any',
  service_tier: 'any',
  safety_identifier: 'any',
  prompt_cache_key: 'any',
  prompt_cache_retention: 'any',
  prediction: 'any', // an expected text, which only speeds up an answer
  reasoning_effort: 'any', // chats pass it to templates that read it
  verbosity: ['medium'],
  response_format: [{ type: 'text' }],
  suffix: [''],
  // Hugging Face's
  use_cache: 'any',
  // vLLM's
  priority: 'any',
  request_id: 'any',
  cache_salt: 'any',
  add_special_tokens: 'any', // texts get no special tokens here
  spaces_between_special_tokens: 'any',
  use_beam_search: [false],
  skip_special_tokens: [true],
  include_stop_str_in_output: [false],
  return_tokens_as_token_ids: [false],
  return_token_ids: [false],
  // llama.cpp's
  cache_prompt: 'any',
  id_slot: 'any',
  timings_per_token: 'any',
  return_progress: 'any',
  return_tokens: [false],
  post_sampling_probs: [false],
  n_probs: [0],
  n_keep: [0],
  n_discard: [0],
  n_indent: [0],
  min_keep: [0],
  t_max_predict_ms: [0, -1],
  repeat_last_n: [-1],
  tfs_z: [1],
  top_n_sigma: [-1],
  mirostat: [0],
  mirostat_tau: 'any',
  mirostat_eta: 'any',
  dynatemp_range: [0],
  dynatemp_exponent: 'any',
  dry_multiplier: [0],
  dry_base: 'any',
  dry_allowed_length: 'any',
  dry_penalty_last_n: 'any',
  dry_sequence_breakers: 'any',
  xtc_probability: [0],
  xtc_threshold: 'any',
  grammar: [''],
  lora: [[]],
};

type Body = Readonly<Record<string, unknown>>;

/** A body without the fields that have no effect, and their names. */
export interface Sifted {
  readonly fields: Body;
  readonly ignored: readonly string[];
}

/** Removes the fields of a body whose values change no output. */
export function siftIgnored(body: Body): Sifted {
  const ignored = Object.keys(body).filter((name) => isIgnored(name, body[name]));
  const rest = Object.entries(body).filter(([name, value]) => {
    const isAbsent = value === null && Object.hasOwn(IGNORED, name);
    return !isAbsent && !ignored.includes(name);
  });
  return { fields: Object.fromEntries(rest), ignored };
}

/** Values without effect of a field that takes only such values; `undefined` for other fields. */
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

/** Whether a value equals the expected one. Nested values and values of three or more entries never do. */
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

/** The error of a refused or abandoned request, which the client receives. */
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

/** Makes the error of a field. */
export function refuse(field: string, expected: string, got: unknown): RequestError {
  return new RequestError(`${field}: expected ${expected}, got ${describe(got)}`, { field });
}

/** Describes a value in a few words, whatever its size. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value);
}
