import { createHash, timingSafeEqual } from 'node:crypto';

import { RequestError } from '../request/request-error.js';

/**
 * Checks the header `Authorization: Bearer KEY`, in a time that does not tell how much of a key is right.
 *
 * @throws RequestError with the status 401.
 */
export function authorize(header: string | undefined, apiKey: string): void {
  const given = /^Bearer (.*)$/i.exec(header ?? '')?.[1];
  // Digests have one length, which comparing in constant time needs.
  if (given !== undefined && timingSafeEqual(digest(given), digest(apiKey))) return;
  throw new RequestError(
    `authorization: expected Bearer and the server's API key, got ${given === undefined ? 'none' : 'another key'}`,
    { status: 401, field: 'authorization', code: 'invalid_api_key' },
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
