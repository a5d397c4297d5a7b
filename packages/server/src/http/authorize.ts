import { createHash, timingSafeEqual } from 'node:crypto';

import { RequestError } from '../request/request-error.js';

/**
 * Checks the header `Authorization: Bearer KEY`.
 *
 * @throws RequestError with the status 401.
 */
export function authorize(header: string | undefined, apiKey: string): void {
  if (isBearer(header, apiKey)) return;
  const got = bearerOf(header) === undefined ? 'none' : 'another key';
  throw new RequestError(`authorization: expected Bearer and the server's API key, got ${got}`, {
    status: 401,
    field: 'authorization',
    code: 'invalid_api_key',
  });
}

/** Whether a header `Authorization` bears a secret, in a time that does not tell how much of it is right. */
export function isBearer(header: string | undefined, secret: string): boolean {
  const given = bearerOf(header);
  // Digests have one length, which comparing in constant time needs.
  return given !== undefined && timingSafeEqual(digest(given), digest(secret));
}

function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer (.*)$/i.exec(header ?? '')?.[1];
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
