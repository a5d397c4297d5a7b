import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { BatchDriver } from '../completion/batch-driver.js';
import { planCompletion } from '../completion/plan-completion.js';
import { type RunningCompletion, startCompletion } from '../completion/start-completion.js';
import type { TextModel } from '../completion/text-model.js';
import { parseRequest } from '../request/parse-request.js';
import { RequestError } from '../request/request-error.js';
import { streamedAnswer, wholeAnswer } from './answer-completion.js';
import type { CompletionBody } from './completion-body.js';

/** What a completion runs on. */
export interface CompletionService {
  readonly text: TextModel;
  readonly driver: BatchDriver;
  readonly timeoutSeconds: number;
  /** Called with each completion that begins, for whoever counts them. */
  readonly onStart: (reply: FastifyReply, completion: RunningCompletion) => void;
}

/** Answers `POST /v1/completions`. */
export function completionsRoute({ text, driver, timeoutSeconds, onStart }: CompletionService) {
  return async (
    { body }: FastifyRequest,
    reply: FastifyReply,
  ): Promise<CompletionBody | Readable> => {
    const request = parseRequest(body);
    checkModel(text, request.model);
    const plan = planCompletion(text, request);
    const completion = startCompletion(driver, text, plan);
    onStart(reply, completion);
    stopWithReply(reply, completion, timeoutSeconds);
    const head = {
      id: `cmpl-${randomUUID()}`,
      created: Math.floor(Date.now() / 1000),
      model: text.id,
    };
    if (!request.stream) return wholeAnswer(head, plan, completion);
    reply.header('content-type', 'text/event-stream; charset=utf-8');
    reply.header('cache-control', 'no-cache');
    return Readable.from(streamedAnswer(head, plan, completion));
  };
}

/** @throws RequestError for another model than the one that is served. */
export function checkModel({ id }: TextModel, asked: string | undefined): void {
  if (asked === undefined || asked === id) return;
  throw new RequestError(`model: expected ${id}, got ${asked}`, {
    status: 404,
    field: 'model',
    code: 'model_not_found',
  });
}

/** Frees a completion's places when the client leaves, or takes too long. */
function stopWithReply(
  { raw }: FastifyReply,
  completion: RunningCompletion,
  seconds: number,
): void {
  const timer = setTimeout(() => {
    completion.stop(
      new RequestError(`request: expected to be done within ${seconds} s, was not`, {
        status: 503,
      }),
    );
    // Whoever does not read will not read this either.
    if (raw.writableNeedDrain) raw.destroy();
  }, 1000 * seconds);
  raw.once('close', () => {
    clearTimeout(timer);
    completion.stop(new Error('request: the client left'));
  });
}
