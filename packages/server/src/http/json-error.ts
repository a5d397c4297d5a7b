import { RequestError } from '../request/request-error.js';

/** The error of a body that is not valid JSON. */
export function jsonError(body: string): RequestError {
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

/** Makes the error of a request's body. */
export function refuseBody(expected: string, cause?: unknown): RequestError {
  return new RequestError(`body: expected ${expected}`, { field: 'body', cause });
}
