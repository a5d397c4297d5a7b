import type { FastifyError } from 'fastify';

import { RequestError } from '../request/ignored-fields.js';

/** An error as OpenAI's clients read it. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** Messages that repeat what a client sent are cut here. */
const LONGEST_MESSAGE = 500;

export function errorBody({ status, message, field, code }: RequestError): ErrorBody {
  const cut = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)} …` : message;
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { error: { message: cut, type, param: field ?? null, code: code ?? null } };
}

/** Turns anything thrown into an error to respond with; internal errors reveal nothing. */
export function toRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const { code, statusCode: status } = error as Partial<FastifyError>; // one of fastify's, if it has them
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new RequestError(
        'content-type: expected application/json, got another; send the header content-type: application/json',
        {
          status,
          field: 'content-type',
          cause: error,
        },
      );
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new RequestError('body: expected a smaller one; send shorter or fewer prompts', {
        status,
        field: 'body',
        cause: error,
      });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new RequestError('body: expected JSON, got nothing', {
        status,
        field: 'body',
        cause: error,
      });
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new RequestError('url: expected a valid one with short names, got another', {
        status,
        field: 'url',
        cause: error,
      });
    default:
      if (status !== undefined && status < 500) {
        const reason = error instanceof Error ? error.message : String(error);
        return new RequestError(`body: expected JSON, got: ${reason}`, {
          status,
          field: 'body',
          cause: error,
        });
      }
      return new RequestError(
        'server: expected no failure, got an internal error; see the log of the server',
        {
          status: 500,
          cause: error,
        },
      );
  }
}
