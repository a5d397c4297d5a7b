import { isBearer } from '../http/guards.js';
import { RequestError } from '../request/ignored-fields.js';

/** Handler of a page's call with one answer; its question (argument) is unchecked. */
export type WholeCall = (question: unknown, signal: AbortSignal) => Promise<unknown>;

/** Handler of a page's call with a stream of events; its question (argument) is unchecked. */
export type StreamedCall = (question: unknown, signal: AbortSignal) => AsyncIterable<unknown>;

/**
 * The calls of a page by name. Questions, answers and events are plain JSON. The signal is aborted when the
 * client disconnects. An error `name: expected X, got Y` or `name: unknown setting.` is the client's, and is
 * sent to it. Any other error is logged, and the client receives only that the call failed.
 */
export interface PageCalls {
  readonly whole: Readonly<Record<string, WholeCall>>;
  readonly streamed: Readonly<Record<string, StreamedCall>>;
}

/** A page that is served under `/explore/`, with the handlers of its calls. */
export interface Page {
  /** The folder of the page's files, with an `index.html`. */
  readonly folder: string;
  readonly calls: PageCalls;
}

/** A page, and the token that its calls must send. */
export interface GuardedPage extends Page {
  readonly token: string;
}

/** The path that the page is served under. */
export const PAGE_PATH = '/explore/';

/**
 * Headers of all responses under the page's path. The page loads and runs only its own files, connects only to its
 * own server, and is shown in no other page.
 *
 * @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    'media-src blob:',
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/**
 * Checks the header `Origin`, which browsers send with every POST: only the page of this server may make calls.
 * Schemes are not compared, as a proxy in front may add TLS.
 *
 * @param origin - Absent outside browsers.
 * @param host - The header `Host`.
 * @throws RequestError with the status 403.
 */
export function checkOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return;
  if (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return;
  const shown = JSON.stringify(origin.slice(0, 100));
  throw new RequestError(`origin: expected the page of this server, got ${shown}`, {
    status: 403,
    field: 'origin',
    code: 'origin_not_allowed',
  });
}

/**
 * Checks the header `Authorization: Bearer TOKEN` of a call.
 *
 * @throws RequestError with the status 401.
 */
export function checkToken(header: string | undefined, token: string): void {
  if (isBearer(header, token)) return;
  throw new RequestError(
    `token: expected that of this start of the server, got ${header === undefined ? 'none' : 'another'}; ` +
      'open the address that the server printed when it started',
    { status: 401, field: 'authorization', code: 'invalid_token' },
  );
}
