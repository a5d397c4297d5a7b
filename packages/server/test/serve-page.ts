import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import type { PageCalls } from '../src/page/page.js';
import { type Server, type ServerOptions, startServer } from '../src/start-server.js';

/** A server of only a page, with fields for tests. */
export interface ServedPage extends Server {
  readonly token: string;
  readonly log: readonly string[];
}

/** Starts a server of a small page on a free port. `secret.txt` is outside the page's folder, next to it. */
export async function servePage(
  calls: Partial<PageCalls> = {},
  options: ServerOptions = {},
): Promise<ServedPage> {
  const parent = await mkdtemp(join(tmpdir(), 'ramble-page-'));
  const folder = join(parent, 'page');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await mkdir(join(folder, '.git'));
  for (const [name, content] of Object.entries({
    '../secret.txt': 'secret',
    '.git/config': 'secret',
    'index.html': '<!doctype html><title>Explorer</title>',
    'style.css': 'body {}',
    'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'assets/chunk-7XK2QWTA.js': 'export {};',
  })) {
    await writeFile(join(folder, name), content);
  }
  const log: string[] = [];
  const page = { folder, calls: { whole: {}, streamed: {}, ...calls } };
  const server = await startServer([], {
    port: 0,
    page,
    log: (line) => log.push(line),
    ...options,
  });
  const token = decodeURIComponent(server.pageUrl?.split('#token=')[1] ?? '');
  const close = async (): Promise<void> => {
    await server.close();
    await rm(parent, { recursive: true });
  };
  return { ...server, token, log, close };
}

/** Sends a call as the page does. */
export function ask(
  { url, token }: Pick<ServedPage, 'url' | 'token'>,
  name: string,
  question: unknown = {},
  { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(`${url}/explore/calls/${name}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      origin: url,
      ...headers,
    },
    body: typeof question === 'string' ? question : JSON.stringify(question),
    signal,
  });
}

/** Requests a path without normalizing it, which `fetch` would do. */
export function getRaw(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ readonly status?: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path, headers });
    sent.on('error', reject);
    sent.on('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    sent.end();
  });
}
