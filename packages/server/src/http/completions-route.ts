import type { Readable } from 'node:stream';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { domainFields } from '../request/domain-fields.js';
import { parseRequest } from '../request/parse-request.js';
import type { AnswerBody } from './answer-completion.js';
import { answerRequest, type CompletionService } from './answer-request.js';
import { checkModel, chooseService } from './choose-service.js';
import { COMPLETION_FORM } from './completion-form.js';

/** Answers `POST /v1/completions` by one of the services. */
export function completionsRoute(services: readonly CompletionService[]) {
  const withFields = services.map((service) => ({
    ...service,
    fields: domainFields(service.served.app),
  }));
  return async ({ body }: FastifyRequest, reply: FastifyReply): Promise<AnswerBody | Readable> => {
    const { fields, ...service } = chooseService(withFields, body);
    const request = parseRequest(body, fields);
    checkModel(services, request.model);
    return answerRequest(service, request, reply, COMPLETION_FORM);
  };
}
