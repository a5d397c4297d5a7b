/** What a refusal says beside its message. */
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

/** A request that is refused or given up; the client is told why. */
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
