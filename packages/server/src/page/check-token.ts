import { isBearer } from '../http/authorize.js';
import { RequestError } from '../request/request-error.js';

/**
 * Checks the header `Authorization: Bearer TOKEN` of a call.
 *
 * @throws RequestError with the status 401.
 */
export function checkToken(header: string | undefined, token: string): void {
  if (isBearer(header, token)) return;
  throw new RequestError(
    `token: expected that of this start of the server, got ${header === undefined ? 'none' : 'another'}; ` +
      'open the address that the server printed when it started',
    { status: 401, field: 'authorization', code: 'invalid_token' },
  );
}
