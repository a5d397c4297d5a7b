import type { Readable } from 'node:stream';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { TokenReport } from '../completion/output-text.js';
import type { CompletionDelta } from '../completion/start-completion.js';
import { domainFields } from '../request/fields.js';
import { type CompletionRequest, parseRequest } from '../request/parse-request.js';
import { type AnswerBody, type AnswerForm, choiceIndex } from './answer-completion.js';
import {
  answerRequest,
  checkModel,
  chooseService,
  type CompletionService,
} from './answer-request.js';

/** Makes the handler of `POST /v1/completions`. */
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

interface LogprobsBody {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[] | null;
  readonly text_offset: readonly number[];
}

interface ChoiceBody {
  readonly index: number;
  readonly text: string;
  readonly logprobs: LogprobsBody | null;
  readonly finish_reason: 'stop' | 'length' | null;
  /** The score by which beam search ranked the output; absent for other outputs. */
  readonly score?: number;
  /** File extension, such as `mid`, if the output is a file; the text is then its content in base64. */
  readonly format?: string;
  readonly encoding?: 'base64';
}

/** Format of responses to `POST /v1/completions`. */
const COMPLETION_FORM: AnswerForm = {
  idPrefix: 'cmpl',
  object: 'text_completion',
  partObject: 'text_completion',
  choice: choiceBody,
  partChoices: (request, delta, _, format) => [choiceBody(request, delta, format)],
};

function choiceBody(
  request: CompletionRequest,
  { text, tokens, finishReason, score, ...output }: CompletionDelta,
  format?: string,
): ChoiceBody {
  const { logprobs } = request;
  return {
    index: choiceIndex(request, output),
    text,
    logprobs: logprobs === undefined ? null : logprobsBody(tokens, logprobs),
    finish_reason: finishReason ?? null,
    ...(score !== undefined && { score }),
    ...(format !== undefined && { format, encoding: 'base64' }),
  };
}

function logprobsBody(tokens: readonly TokenReport[], count: number): LogprobsBody {
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logProbability }) => logProbability),
    top_logprobs: count === 0 ? null : tokens.map(({ top }) => top),
    text_offset: tokens.map(({ offset }) => offset),
  };
}
