import { basename } from 'node:path';
import type { Readable } from 'node:stream';

import { send } from '@fastify/send';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { RequestError } from '../request/request-error.js';
import { PAGE_PATH } from './page.js';

/** A name with a hash of its content, as bundlers write it: `chunk-7XK2QWTA.js`. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/;

/**
 * Sends a file of the page; nothing outside its folder, and none whose name begins with a dot.
 *
 * @throws RequestError with the status 404.
 */
export async function sendFile(
  folder: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Readable> {
  const [path] = request.url.split('?');
  const file = await send(request.raw, path.slice(PAGE_PATH.length - 1), {
    root: folder,
    dotfiles: 'ignore',
    cacheControl: false,
  });
  if (file.type !== 'file') {
    file.stream.destroy();
    throw new RequestError(`url: expected a file of the page, got ${request.method} ${path}`, {
      status: 404,
      field: 'url',
      code: 'unknown_url',
    });
  }
  reply.status(file.statusCode).headers(file.headers);
  reply.header('cache-control', cachingOf(basename(file.metadata.path)));
  return file.stream;
}

/** How long a browser may keep a file: what it holds cannot change under a name with its hash. */
function cachingOf(name: string): string {
  if (HASHED.test(name)) return 'public, max-age=31536000, immutable';
  return name === 'index.html' ? 'no-store' : 'no-cache';
}
