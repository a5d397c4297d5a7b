import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { RequestError } from '../request/request-error.js';
import { errorBody } from './error-body.js';

/**
 * Answers what never became a request (it came too slowly, or is no HTTP) as every other error is
 * answered, and ends its connection.
 */
export function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: Socket,
  receiveTimeoutSeconds: number,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return; // nobody is there
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

/** A refusal as raw HTTP: there is no reply object to send it with. */
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
