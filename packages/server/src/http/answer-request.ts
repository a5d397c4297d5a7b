import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

import { isObject } from '@ramble/core/files';
import type { FastifyReply } from 'fastify';

import type { BatchDriver } from '../completion/batch-driver.js';
import { type CompletionPlan, planCompletion } from '../completion/plan-completion.js';
import type { DomainModel } from '../completion/read-prompt.js';
import {
  type MeasuredCompletion,
  type RunningCompletion,
  startCompletion,
} from '../completion/start-completion.js';
import { RequestError } from '../request/ignored-fields.js';
import type { CompletionRequest } from '../request/parse-request.js';
import {
  type AnswerBody,
  type AnswerForm,
  streamedAnswer,
  wholeAnswer,
} from './answer-completion.js';

/** A served model, and what its completions need: the batch driver, the time limit and a callback. */
export interface CompletionService {
  readonly served: DomainModel;
  readonly driver: BatchDriver;
  readonly timeoutSeconds: number;
  /** Called with each completion that begins, so that it can be counted. */
  readonly onStart: (reply: FastifyReply, completion: MeasuredCompletion) => void;
}

/** Names of response headers that OpenAI's API does not have. */
export const OWN_HEADERS = { ignored: 'x-ramble-ignored', cut: 'x-ramble-cut' } as const;

/**
 * Answers a checked request, whole or as a stream.
 *
 * @throws RequestError that names the field, before anything is sent.
 */
export async function answerRequest(
  { served, driver, timeoutSeconds, onStart }: CompletionService,
  request: CompletionRequest,
  reply: FastifyReply,
  form: AnswerForm,
): Promise<AnswerBody | Readable> {
  const plan = await planCompletion(served, request, driver);
  if (reply.raw.destroyed) throw clientLeft();
  const completion = startCompletion(driver, served, plan);
  onStart(reply, completion);
  stopWithReply(reply, completion, timeoutSeconds);
  setOwnHeaders(reply, plan);
  const head = {
    id: `${form.idPrefix}-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: served.id,
  };
  const waiting = (): number => driver.waiting;
  const answer = { head, form, plan, completion, format: served.format, waiting };
  if (!request.stream) return wholeAnswer(answer);
  reply.header('content-type', 'text/event-stream; charset=utf-8');
  reply.header('cache-control', 'no-cache');
  return Readable.from(streamedAnswer(answer));
}

/** Creates the error of a request whose client has disconnected; it is not sent. */
export function clientLeft(cause?: unknown): RequestError {
  return new RequestError('request: the client disconnected', { status: 499, cause });
}

/** Sets headers that name the fields without effect, and the prompts (from 0) that were cut to fit. */
function setOwnHeaders(
  reply: FastifyReply,
  { request: { ignored }, prompts }: CompletionPlan,
): void {
  if (ignored.length > 0) reply.header(OWN_HEADERS.ignored, ignored.join(', '));
  const cut = prompts.flatMap(({ isCut }, i) => (isCut ? [i] : []));
  if (cut.length > 0) reply.header(OWN_HEADERS.cut, cut.join(', '));
}

/** Stops a completion when its client disconnects, or after the time limit. */
export function stopWithReply(
  { raw }: FastifyReply,
  completion: Pick<RunningCompletion, 'stop'>,
  seconds: number,
): void {
  const timer = setTimeout(() => {
    completion.stop(
      new RequestError(`request: expected to finish within ${seconds} s, did not`, {
        status: 503,
      }),
    );
    // A client that does not read would not read an error either.
    if (raw.writableNeedDrain) raw.destroy();
  }, 1000 * seconds);
  raw.once('close', () => {
    clearTimeout(timer);
    completion.stop(clientLeft());
  });
}

/**
 * Returns the service of the model that an unchecked body names, or else the first one. `checkModel` later checks
 * that the named model is served.
 *
 * @throws RequestError if no model is served.
 */
export function chooseService<Service extends CompletionService>(
  services: readonly Service[],
  body: unknown,
): Service {
  const modelName = isObject(body) ? body.model : undefined;
  const service = services.find(({ served }) => served.id === modelName) ?? services.at(0);
  if (service) return service;
  throw new RequestError('model: expected a server of a model, got one that serves none', {
    status: 404,
    field: 'model',
    code: 'model_not_found',
  });
}

/**
 * Checks that a request names a model that is served.
 *
 * @throws RequestError for any other.
 */
export function checkModel(
  services: readonly Pick<CompletionService, 'served'>[],
  modelName: string | undefined,
): void {
  const ids = services.map(({ served }) => served.id);
  if (modelName === undefined || ids.includes(modelName)) return;
  const expected = ids.length > 1 ? `one of ${ids.join(', ')}` : (ids.at(0) ?? 'none');
  throw new RequestError(`model: expected ${expected}, got ${modelName}`, {
    status: 404,
    field: 'model',
    code: 'model_not_found',
  });
}
