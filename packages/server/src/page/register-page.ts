import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';

import { send } from '@fastify/send';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { clientLeft } from '../http/answer-request.js';
import { acceptedEncoding, CALL_BODY_BYTES, compress, toRequestError } from '../http/bodies.js';
import { RequestError } from '../request/ignored-fields.js';
import {
  checkOrigin,
  checkToken,
  type GuardedPage,
  PAGE_HEADERS,
  PAGE_PATH,
  type PageCalls,
} from './page.js';

/** Adds a page under `/explore/`. Its files contain no secrets and are public; its calls need the token. */
export async function registerPage(
  app: FastifyInstance,
  { folder, calls, token }: GuardedPage,
  log: (line: string) => void,
): Promise<void> {
  const compressed: CompressedFiles = new Map();
  await app.register((scope, _, done) => {
    scope.addHook('onSend', async (_request, reply) => {
      reply.headers(PAGE_HEADERS);
    });
    scope.get('/', (_request, reply) => reply.redirect(PAGE_PATH));
    scope.get(PAGE_PATH.slice(0, -1), (_request, reply) => reply.redirect(PAGE_PATH));
    scope.get(`${PAGE_PATH}*`, (request, reply) => sendFile(folder, compressed, request, reply));
    scope.post<{ Params: { name: string } }>(
      `${PAGE_PATH}calls/:name`,
      {
        bodyLimit: CALL_BODY_BYTES,
        onRequest: async ({ headers }, reply) => {
          reply.header('cache-control', 'no-store');
          checkOrigin(headers.origin, headers.host);
          checkToken(headers.authorization, token);
        },
      },
      callRoute(calls, log),
    );
    done();
  });
}

/** Whether a route pattern belongs to the page, whose routes have their own checks. */
export function isOfPage(route: string | undefined): boolean {
  return route === '/' || route === PAGE_PATH.slice(0, -1) || route?.startsWith(PAGE_PATH) === true;
}

/** A name with a hash of its content, as bundlers write it: `chunk-7XK2QWTA.js`. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/;

/** Matches content types that are worth compressing. */
const COMPRESSIBLE = /^(?:text\/|application\/(?:javascript|json|wasm)|image\/svg)/;

/** Compressed files by their path, version and encoding; the page has some tens of files. */
type CompressedFiles = Map<string, Buffer>;

/**
 * Sends a file of the page, compressed if the client accepts that. Each file is compressed once. Files outside the
 * page's folder and dot files are refused.
 *
 * @throws RequestError with the status 404.
 */
async function sendFile(
  folder: string,
  compressed: CompressedFiles,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Readable | Buffer> {
  const [path] = request.url.split('?');
  const file = await send(request.raw, path.slice(PAGE_PATH.length - 1), {
    root: folder,
    dotfiles: 'ignore',
    cacheControl: false,
  });
  if (file.type !== 'file') {
    file.stream.destroy();
    throw new RequestError(`url: expected a file of the page, got ${request.method} ${path}`, {
      status: 404,
      field: 'url',
      code: 'unknown_url',
    });
  }
  reply.status(file.statusCode).headers(file.headers);
  reply.header('cache-control', cachingOf(basename(file.metadata.path)));
  if (!COMPRESSIBLE.test(String(reply.getHeader('content-type')))) return file.stream;
  reply.header('vary', 'accept-encoding');
  const encoding = acceptedEncoding(request.headers['accept-encoding']);
  if (encoding === undefined || file.statusCode !== 200 || request.method !== 'GET') {
    return file.stream;
  }
  const key = `${file.metadata.path} ${String(reply.getHeader('etag'))} ${encoding}`;
  const bytes = compressed.get(key) ?? (await compress(await buffer(file.stream), encoding));
  file.stream.destroy();
  compressed.set(key, bytes);
  reply.header('content-encoding', encoding).removeHeader('content-length');
  return bytes;
}

/** Returns the `Cache-Control` of a file. A file whose name has a hash never changes, so it may be kept. */
function cachingOf(name: string): string {
  if (HASHED.test(name)) return 'public, max-age=31536000, immutable';
  return name === 'index.html' ? 'no-store' : 'no-cache';
}

type CallRequest = FastifyRequest<{ Params: { name: string } }>;

/**
 * Makes the handler of `POST /explore/calls/NAME`, which responds with JSON, or a line of JSON per event. A failure
 * before the first event has its own HTTP status. A later failure is an event of the kind `error`, the last line.
 *
 * @param log - Called with an error after the first event, unless it is the client's fault.
 * @see https://github.com/ndjson/ndjson-spec
 */
function callRoute(
  { whole, streamed }: PageCalls,
  log: (line: string) => void,
): (request: CallRequest, reply: FastifyReply) => Promise<unknown> {
  return async ({ params: { name }, body }, reply) => {
    const { signal } = closing(reply);
    try {
      if (Object.hasOwn(whole, name)) return await whole[name](body, signal);
      if (Object.hasOwn(streamed, name)) {
        const events = streamed[name](body, signal)[Symbol.asyncIterator]();
        const first = await events.next();
        reply.header('content-type', 'application/x-ndjson; charset=utf-8');
        return Readable.from(eventLines(first, events, { signal, log }));
      }
    } catch (error) {
      throw signal.aborted ? clientLeft(error) : callError(error);
    }
    const names = [...Object.keys(whole), ...Object.keys(streamed)].join(', ');
    throw new RequestError(`call: expected one of ${names}, got ${name}`, {
      status: 404,
      field: 'call',
      code: 'unknown_call',
    });
  };
}

async function* eventLines(
  first: IteratorResult<unknown>,
  events: AsyncIterator<unknown>,
  { signal, log }: { readonly signal: AbortSignal; readonly log: (line: string) => void },
): AsyncGenerator<string, void, undefined> {
  try {
    for (let next = first; !next.done; next = await events.next()) {
      yield line(next.value);
      // Without this turn, a computing model would block other work, and a disconnect would go unnoticed.
      await setImmediate();
      if (signal.aborted) return;
    }
  } catch (error) {
    if (signal.aborted) return;
    const refusal = toRequestError(callError(error));
    if (refusal.status >= 500) log(`call: ${error instanceof Error ? error.stack : String(error)}`);
    yield line({ kind: 'error', message: refusal.message });
  } finally {
    await events.return?.();
  }
}

function line(event: unknown): string {
  return `${JSON.stringify(event)}\n`;
}

/** Returns a controller that aborts when the client has disconnected or has its answer. */
function closing({ raw }: FastifyReply): AbortController {
  const controller = new AbortController();
  raw.once('close', () => controller.abort());
  return controller;
}

/** Matches errors in the client's question: `name: expected X, got Y`, `name: unknown setting.` */
const ABOUT_QUESTION = /^[^\n]+: (?:expected |unknown setting\b)/;

function callError(error: unknown): unknown {
  if (!(error instanceof Error) || !ABOUT_QUESTION.test(error.message)) return error;
  return new RequestError(error.message, { cause: error });
}
