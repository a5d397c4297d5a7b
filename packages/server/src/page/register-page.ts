import type { FastifyInstance } from 'fastify';

import { callRoute } from './call-route.js';
import { checkOrigin } from './check-origin.js';
import { checkToken } from './check-token.js';
import { type GuardedPage, PAGE_PATH } from './page.js';
import { PAGE_HEADERS } from './page-headers.js';
import { type CompressedFiles, sendFile } from './send-file.js';

/** Larger questions are refused before they are read: a file that is dropped on the page is far below it. */
const QUESTION_LIMIT_BYTES = 2 ** 24;

/**
 * Adds a page under `/explore/`: its files, which hold no secrets, for everybody, and its calls for whoever
 * has the token.
 */
export async function registerPage(
  app: FastifyInstance,
  { folder, calls, token }: GuardedPage,
  log: (line: string) => void,
): Promise<void> {
  const compressed: CompressedFiles = new Map();
  await app.register((scope, _, done) => {
    scope.addHook('onSend', async (_request, reply) => {
      reply.headers(PAGE_HEADERS);
    });
    scope.get('/', (_request, reply) => reply.redirect(PAGE_PATH));
    scope.get(PAGE_PATH.slice(0, -1), (_request, reply) => reply.redirect(PAGE_PATH));
    scope.get(`${PAGE_PATH}*`, (request, reply) => sendFile(folder, compressed, request, reply));
    scope.post<{ Params: { name: string } }>(
      `${PAGE_PATH}calls/:name`,
      {
        bodyLimit: QUESTION_LIMIT_BYTES,
        onRequest: async ({ headers }, reply) => {
          reply.header('cache-control', 'no-store');
          checkOrigin(headers.origin, headers.host);
          checkToken(headers.authorization, token);
        },
      },
      callRoute(calls, log),
    );
    done();
  });
}

/** Whether a route, by its pattern, is one of the page; the page guards what needs it by itself. */
export function isOfPage(route: string | undefined): boolean {
  return route === '/' || route === PAGE_PATH.slice(0, -1) || route?.startsWith(PAGE_PATH) === true;
}
