import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { json } from 'node:stream/consumers';

/** The folder of the page as tests open it. */
export const PAGE = join(import.meta.dirname, '../out-tsc/page');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self' data: blob:; media-src blob:; worker-src 'self'";

/**
 * Serves the page as ramble's server does, with the calls of a test.
 *
 * @param {Record<string, (question: any) => unknown>} calls - Answers, or generators of events.
 * @param {{ token?: string, port?: number }} [options] - The port is 0 for any that is free.
 */
export async function servePage(calls, { token = 'secret', port = 0 } = {}) {
  const server = createServer((request, response) => {
    response.setHeader('content-security-policy', POLICY);
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    const call = /^\/explore\/calls\/(\w+)$/.exec(pathname)?.[1];
    const answered = call ? answer(call, request, response) : sendFile(pathname, response);
    answered.catch((error) => refuse(response, 400, error.message));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${address.port}/explore/`;
  return {
    url,
    port: address.port,
    open: `${url}#token=${token}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };

  async function answer(name, request, response) {
    if (request.headers.authorization !== `Bearer ${token}`) return refuse(response, 401, 'token');
    const question = await json(request);
    if (!Object.hasOwn(calls, name)) return refuse(response, 404, `call: unknown, got ${name}`);
    const given = await calls[name]?.(question);
    if (given && typeof given === 'object' && Symbol.asyncIterator in given) {
      response.setHeader('content-type', 'application/x-ndjson');
      for await (const event of /** @type {AsyncIterable<unknown>} */ (given)) {
        if (response.destroyed) return;
        response.write(`${JSON.stringify(event)}\n`);
      }
      return response.end();
    }
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify(given));
  }
}

async function sendFile(pathname, response) {
  const name = pathname.replace(/^\/explore\//, '') || 'index.html';
  const path = join(PAGE, name);
  if (!existsSync(path)) return refuse(response, 404, 'no such file');
  response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain');
  createReadStream(path).pipe(response);
}

function refuse(response, status, message) {
  response.statusCode = status;
  response.end(JSON.stringify({ error: { message } }));
}
