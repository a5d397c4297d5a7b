import { isUtf8 } from 'node:buffer';

import { isNestedDeeply, MAX_JSON_DEPTH } from '@ramble/core/files';
import type { FastifyInstance } from 'fastify';

import { RequestError } from '../request/ignored-fields.js';

/**
 * Parses bodies of the type `application/json`. A value that reaches a route is UTF-8, has no field
 * that changes prototypes, and can be walked through by functions that call themselves.
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

/** The error of a body that is not valid JSON. */
function jsonError(body: string): RequestError {
  if (body === '') return refuseBody('JSON, got nothing');
  try {
    JSON.parse(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuseBody(`JSON, got text that is not: ${reason}`, error);
  }
  // Such fields could change what every object is; they are valid JSON, but only an attacker sends them.
  return refuseBody('no field __proto__ or constructor.prototype, got one');
}

function tooDeep(): RequestError {
  return refuseBody(`JSON of at most ${MAX_JSON_DEPTH} levels, got more`);
}

function refuseBody(expected: string, cause?: unknown): RequestError {
  return new RequestError(`body: expected ${expected}`, { field: 'body', cause });
}
