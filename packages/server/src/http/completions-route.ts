import type { Readable } from 'node:stream';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { domainFields } from '../request/domain-fields.js';
import { parseRequest } from '../request/parse-request.js';
import type { AnswerBody } from './answer-completion.js';
import { answerRequest, checkModel, type CompletionService } from './answer-request.js';
import { COMPLETION_FORM } from './completion-form.js';

/** Answers `POST /v1/completions`. */
export function completionsRoute(service: CompletionService) {
  const fields = domainFields(service.served.app);
  return async ({ body }: FastifyRequest, reply: FastifyReply): Promise<AnswerBody | Readable> => {
    const request = parseRequest(body, fields);
    checkModel(service.served, request.model);
    return answerRequest(service, request, reply, COMPLETION_FORM);
  };
}
