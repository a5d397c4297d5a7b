import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

import { isNestedDeeply, MAX_JSON_DEPTH, messageOf } from '@ramble/core/files';
import type { FastifyError, FastifyInstance } from 'fastify';

import { RequestError } from '../request/ignored-fields.js';

/** Maximum size of the body of an API request, far above the size of a context. A larger body is not read. */
export const API_BODY_BYTES = 2 ** 20;
/** Maximum size of the body of a page's call, far above a file that users drop on the page. */
export const CALL_BODY_BYTES = 2 ** 24;

/**
 * Parses bodies of the type `application/json`. Bodies are refused that are not UTF-8, have a field that changes
 * prototypes, or are nested too deeply for recursive functions.
 */
export function parseJsonBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done) => {
      if (!isUtf8(body)) {
        done(refuseBody('UTF-8, got other bytes'));
        return;
      }
      const text = body.toString();
      void parseJson(request, text, (error, value) => {
        if (error) done(jsonError(text));
        else if (isNestedDeeply(value)) done(tooDeep());
        else done(null, value);
      });
    },
  );
}

/** Returns the error for a body that is not valid JSON. */
function jsonError(body: string): RequestError {
  if (body === '') return refuseBody('JSON, got nothing');
  try {
    JSON.parse(body);
  } catch (error) {
    const reason = messageOf(error);
    return refuseBody(`JSON, got text that is not: ${reason}`, error);
  }
  // These fields could change the prototype of objects; they are valid JSON, but only attackers send them.
  return refuseBody('no field __proto__ or constructor.prototype, got one');
}

function tooDeep(): RequestError {
  return refuseBody(`JSON of at most ${MAX_JSON_DEPTH} levels, got more`);
}

function refuseBody(expected: string, cause?: unknown): RequestError {
  return new RequestError(`body: expected ${expected}`, { field: 'body', cause });
}

/** Content encoding of a compressed response. */
type Encoding = 'br' | 'gzip';

/** Minimum size to compress: shorter texts fit into a packet. */
const SHORTEST_BYTES = 1024;
/** Brotli's quality, from 0 to 11: a low one, because most responses are compressed for a single client. */
const BROTLI_QUALITY = 4;

/**
 * Returns the content encoding of responses to a client: Brotli if it accepts that, else gzip.
 *
 * @param header - The client's header `Accept-Encoding`.
 * @returns `undefined` if the client accepts neither.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding
 */
export function acceptedEncoding(header: string | string[] | undefined): Encoding | undefined {
  const accepted = String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';').map((word) => word.trim()))
    .filter(([, weight = 'q=1']) => Number(weight.replace(/^q=/, '')) > 0)
    .map(([name]) => name);
  return (['br', 'gzip'] as const).find((encoding) => accepted.includes(encoding));
}

/** Compresses bytes, in a thread of Node's pool. */
export function compress(bytes: Uint8Array | string, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'gzip') return promisify(gzip)(bytes);
  return promisify(brotliCompress)(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
  });
}

/**
 * Compresses complete responses. Streams are not compressed, so that each event reaches its client at once. No response
 * contains both a secret and text that somebody else chooses, so lengths reveal nothing (BREACH).
 *
 * @see https://www.breachattack.com
 */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async ({ headers }, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < SHORTEST_BYTES) return payload;
    const vary = reply.getHeader('vary');
    reply.header(
      'vary',
      vary === undefined ? 'accept-encoding' : `${String(vary)}, accept-encoding`,
    );
    const encoding = acceptedEncoding(headers['accept-encoding']);
    if (encoding === undefined) return payload;
    reply.header('content-encoding', encoding);
    reply.removeHeader('content-length');
    return compress(payload, encoding);
  });
}

/** An error as OpenAI's clients read it. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** Maximum length in characters of an error message, which may repeat what a client sent. */
const LONGEST_MESSAGE = 500;

export function errorBody({ status, message, field, code }: RequestError): ErrorBody {
  const cut = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)} …` : message;
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { error: { message: cut, type, param: field ?? null, code: code ?? null } };
}

const BAD_URL = ['url', 'a valid one with short names, got another'] as const;

/** Names of the fields and expected values for Fastify's errors, by their codes. */
const FASTIFY_ERRORS: Readonly<Record<string, readonly [field: string, expected: string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'content-type',
    'application/json, got another; send the header content-type: application/json',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body', 'a smaller one; send shorter or fewer prompts'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['body', 'JSON, got nothing'],
  FST_ERR_BAD_URL: BAD_URL,
  FST_ERR_MAX_PARAM_LENGTH: BAD_URL,
};

/** Turns any thrown value into an error to respond with. The error reveals no details of internal errors. */
export function toRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const { code = '', statusCode: status = 500 } = error as Partial<FastifyError>; // a fastify error has them
  const known = Object.hasOwn(FASTIFY_ERRORS, code) ? FASTIFY_ERRORS[code] : undefined;
  if (known === undefined && status >= 500) {
    return new RequestError(
      'server: expected no failure, got an internal error; see the log of the server',
      { status: 500, cause: error },
    );
  }
  const reason = messageOf(error);
  const [field, expected] = known ?? ['body', `JSON, got: ${reason}`];
  return new RequestError(`${field}: expected ${expected}`, { status, field, cause: error });
}
