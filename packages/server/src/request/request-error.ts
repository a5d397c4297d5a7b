/** Details of a refusal in addition to its message. */
export interface Refusal {
  /** HTTP status; 400 unless given. */
  readonly status?: number;
  /** The field of the request that is meant. */
  readonly field?: string;
  /** OpenAI's word for it, where there is one. */
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

/** A value in a few words, whatever its size. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value);
}
