import { createHash, timingSafeEqual } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { isIP, type Socket } from 'node:net';

import { RequestError } from '../request/ignored-fields.js';
import { errorBody } from './bodies.js';

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

/** Whether an `Authorization` header has the secret. The time of the check does not depend on the match. */
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

/**
 * Checks the key that a server is started with: HTTP clients agree only on visible ASCII in a header; with another
 * key, some clients would fail.
 *
 * @throws RangeError without the key in its message.
 */
export function checkApiKey(apiKey: string | undefined): void {
  if (apiKey === undefined || /^[!-~]+$/.test(apiKey)) return;
  const got = apiKey === '' ? 'an empty one' : 'one with other characters';
  throw new RangeError(
    `apiKey: expected letters, digits and signs of ASCII without spaces, got ${got}`,
  );
}

/** The host names that a server answers to. */
export interface HostRules {
  /** The address that the server listens on. */
  readonly host: string;
  /** Other names that the server answers to; `*` allows any. */
  readonly allowedHosts: readonly string[];
}

/**
 * Checks the header `Host`. A page of another site can point its own name at this machine (DNS rebinding), so that
 * its scripts have the server's origin. Accepted names are those of the loopback, the name that the server listens
 * on, and allowed names. An address cannot be rebound, but is accepted only if the server can be reached from
 * other machines.
 *
 * @param header - Absent in HTTP/1.0, which browsers do not speak.
 * @throws RequestError with the status 403.
 */
export function checkHost(header: string | undefined, { host, allowedHosts }: HostRules): void {
  if (header === undefined || allowedHosts.includes('*')) return;
  const name = hostName(header);
  if (name !== undefined) {
    const known = [host, ...allowedHosts].map((each) => each.toLowerCase());
    if (isLoopback(name) || known.includes(name)) return;
    if (isIP(name) > 0 && !isLoopback(host.toLowerCase())) return;
  }
  const shown = JSON.stringify(header.slice(0, 100));
  throw new RequestError(
    `host: expected localhost or an address of this server, got ${shown}; --allowed-host allows other names`,
    { status: 403, field: 'host', code: 'host_not_allowed' },
  );
}

/** Whether a name or an address always means the local machine. */
export function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIP(name) === 4 && name.startsWith('127.'))
  );
}

/** Returns the name in a `Host` header, in lower case and without port, brackets and the dot at its end. */
function hostName(header: string): string | undefined {
  const found = /^(?:\[([\da-f:.]+)\]|([^:[\]/@\s]+))(?::\d+)?$/i.exec(header);
  return (found?.[1] ?? found?.[2])?.toLowerCase().replace(/\.$/, '');
}

/** Responds to a request that was too slow or is not HTTP with an error in OpenAI's form, and closes the connection. */
export function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: Socket,
  receiveTimeoutSeconds: number,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return; // the client has disconnected
  const refusal = refusalOf(error, receiveTimeoutSeconds);
  if (socket.writable) socket.write(responseOf(refusal));
  socket.destroy(error);
}

function refusalOf(error: NodeJS.ErrnoException, receiveTimeoutSeconds: number): RequestError {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestError(
        `request: expected to arrive within ${receiveTimeoutSeconds} s, did not; send it faster`,
        { status: 408, cause: error },
      );
    case 'HPE_HEADER_OVERFLOW':
      return new RequestError('headers: expected smaller ones; send fewer or shorter ones', {
        status: 431,
        cause: error,
      });
    default:
      return new RequestError(`request: expected HTTP/1.1, got: ${error.message}`, {
        cause: error,
      });
  }
}

/** Formats a refusal as raw HTTP, because no reply object exists. */
function responseOf(refusal: RequestError): string {
  const body = JSON.stringify(errorBody(refusal));
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
