import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { send } from '@fastify/send';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { acceptedEncoding, compress } from '../http/compress.js';
import { RequestError } from '../request/request-error.js';
import { PAGE_PATH } from './page.js';

/** A name with a hash of its content, as bundlers write it: `chunk-7XK2QWTA.js`. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/;

/** Types of files that are shorter when they are compressed. */
const COMPRESSIBLE = /^(?:text\/|application\/(?:javascript|json|wasm)|image\/svg)/;

/** Compressed files by their path, version and encoding; the page has some tens of files. */
export type CompressedFiles = Map<string, Buffer>;

/**
 * Sends a file of the page, compressed where the client accepts that, once for all who ask; nothing outside its folder, and none whose name begins with a dot.
 *
 * @throws RequestError with the status 404.
 */
export async function sendFile(
  folder: string,
  compressed: CompressedFiles,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Readable | Buffer> {
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
  if (!COMPRESSIBLE.test(String(reply.getHeader('content-type')))) return file.stream;
  reply.header('vary', 'accept-encoding');
  const encoding = acceptedEncoding(request.headers['accept-encoding']);
  if (encoding === undefined || file.statusCode !== 200 || request.method !== 'GET') {
    return file.stream;
  }
  const key = `${file.metadata.path} ${String(reply.getHeader('etag'))} ${encoding}`;
  const bytes = compressed.get(key) ?? (await compress(await buffer(file.stream), encoding));
  file.stream.destroy();
  compressed.set(key, bytes);
  reply.header('content-encoding', encoding).removeHeader('content-length');
  return bytes;
}

/** How long a browser may keep a file: what it holds cannot change under a name with its hash. */
function cachingOf(name: string): string {
  if (HASHED.test(name)) return 'public, max-age=31536000, immutable';
  return name === 'index.html' ? 'no-store' : 'no-cache';
}
