import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { clientLeft } from '../http/answer-request.js';
import { toRequestError } from '../http/error-body.js';
import { RequestError } from '../request/request-error.js';
import type { PageCalls } from './page.js';

type CallRequest = FastifyRequest<{ Params: { name: string } }>;

/**
 * Answers `POST /explore/calls/NAME`: as JSON, or event by event as lines of JSON. What fails before the
 * first event has a status of its own; what fails later is an event of the kind `error`, the last line.
 *
 * @param log - Called with what failed after the first event, where it is not the client's fault.
 * @see https://github.com/ndjson/ndjson-spec
 */
export function callRoute(
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
      // A model that computes between two events leaves others no turn, and that its client left is unseen.
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

/** Is aborted when the client has gone, or has its answer. */
function closing({ raw }: FastifyReply): AbortController {
  const controller = new AbortController();
  raw.once('close', () => controller.abort());
  return controller;
}

/** How errors about a question begin: `name: expected X, got Y`, `name: unknown setting.` */
const ABOUT_QUESTION = /^[^\n]+: (?:expected |unknown setting\b)/;

function callError(error: unknown): unknown {
  if (!(error instanceof Error) || !ABOUT_QUESTION.test(error.message)) return error;
  return new RequestError(error.message, { cause: error });
}
