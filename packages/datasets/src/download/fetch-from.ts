import { types } from 'node:util';

/** Thrown for a failed download that a retry cannot fix. */
export class RefusedError extends Error {
  /** Response of the server, if it sent one. */
  readonly answer?: Pick<Response, 'status' | 'headers'>;

  constructor(message: string, answer?: Pick<Response, 'status' | 'headers'>) {
    super(message);
    this.answer = answer;
  }
}

export interface FetchOptions {
  readonly fetch?: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
  /** Further headers of the requests. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes of a file and their offset in it. */
export interface FileBytes {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** HTTP statuses of temporary failures, in addition to 5xx: time-out, too early, too many requests. */
const PASSING = [408, 425, 429];

/**
 * Fetches a file from offset `start`, or all of it if the server does not support ranges.
 *
 * @param name - Name of the file, for error messages.
 * @throws RefusedError if the server refuses; UnreachableError if it is out of reach or the connection breaks;
 *   another Error if it is busy.
 */
export async function* fetchFrom(
  name: string,
  url: string,
  start: number,
  { fetch = globalThis.fetch, signal, headers }: FetchOptions = {},
): AsyncGenerator<FileBytes> {
  // For a range request, even from 0, fetch adds `accept-encoding: identity`, so bytes are not compressed.
  const request = { headers: { ...headers, range: `bytes=${start}-` }, signal };
  const response = await fetch(url, request).catch((error: unknown) => {
    if (error instanceof RefusedError) throw error;
    throw unreachable(`${name}: expected an answer from ${url}, got ${reason(error)}`, url, error);
  });
  if (response.status === 416 && start > 0) {
    // The server's file is not longer than the local part: it changed since the earlier call.
    yield* fetchFrom(name, url, 0, { fetch, signal, headers });
    return;
  }
  let offset = offsetOf(name, url, response, start);
  try {
    for await (const bytes of bodyOf(response)) {
      yield { offset, bytes };
      offset += bytes.length;
    }
  } catch (error) {
    const got = `${offset} bytes: ${reason(error)}`;
    throw unreachable(`${name}: expected all of ${url}, got ${got}`, url, error);
  }
}

/** Returns an error that names the proxy variable for the URL's scheme. */
function unreachable(message: string, url: string, cause: unknown): UnreachableError {
  const proxy = new URL(url).protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
  return new UnreachableError(message, `the network and ${proxy}`, { cause });
}

/** Returns the offset in the file at which a response's body begins. */
function offsetOf(name: string, url: string, response: Response, start: number): number {
  const { status, statusText } = response;
  if (status === 200) return 0;
  if (status === 206) {
    const range = response.headers.get('content-range') ?? 'nothing';
    const offset = /^bytes (\d+)-/.exec(range)?.[1];
    if (offset !== undefined && Number(offset) <= start) return Number(offset);
    throw new RefusedError(`${name}: expected ${url} from byte ${start}, got ${range}`);
  }
  const message = `${name}: expected ${url} to answer 200, got ${status} ${statusText}`.trimEnd();
  throw status >= 500 || PASSING.includes(status)
    ? new Error(message)
    : new RefusedError(message, response);
}

function bodyOf(response: Response): AsyncIterable<Uint8Array> {
  if (response.body === null) throw new Error('an answer without a body');
  return response.body;
}

/** Returns the reason for a failed fetch. Node stores the system's error as the cause of a `TypeError`. */
function reason(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  const { cause } = error;
  if (types.isNativeError(cause)) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}

/** Maximum size in bytes of a text that `fetchText` fetches: more than any listing of a repository or a package. */
const MAX_BYTES = 2 ** 25;

/**
 * Fetches a small text from the web.
 *
 * @param name - Name of the text, for error messages.
 * @throws Error if it is unavailable or too large.
 */
export async function fetchText(name: string, url: string, options: FetchOptions): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const { bytes } of fetchFrom(name, url, 0, options)) {
    size += bytes.length;
    if (size > MAX_BYTES)
      throw new Error(`${name}: expected a small file from ${url}, got a larger one`);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Thrown if a server cannot be reached, perhaps because of a setting of this machine. */
export class UnreachableError extends Error {
  /**
   * Names of the settings that the user should check, as the end of a sentence: `the network and
   * HTTPS_PROXY`.
   */
  readonly toCheck: string;

  constructor(message: string, toCheck: string, options?: ErrorOptions) {
    super(message, options);
    this.toCheck = toCheck;
  }
}
