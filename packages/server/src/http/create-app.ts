import cors from '@fastify/cors';
import { createTemplateRenderer } from '@ramble/language/chat';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import { type GuardedPage, PAGE_PATH } from '../page/page.js';
import { isOfPage, registerPage } from '../page/register-page.js';
import { RequestError } from '../request/ignored-fields.js';
import { authorize, checkHost, type HostRules, refuseConnection } from './guards.js';
import { checkModel, clientLeft, type CompletionService, OWN_HEADERS } from './answer-request.js';
import { chatRoute } from './chat-route.js';
import { completionsRoute } from './completions-route.js';
import { embeddingsRoute } from './embeddings-route.js';
import {
  API_BODY_BYTES,
  compressAnswers,
  errorBody,
  parseJsonBodies,
  toRequestError,
} from './bodies.js';
import { createMetrics, type Metrics, type OpenCompletions, openCompletions } from './metrics.js';

export interface AppOptions extends Pick<CompletionService, 'timeoutSeconds'> {
  /** The models with their drivers; the first one answers requests that name none. */
  readonly models: readonly Pick<CompletionService, 'served' | 'driver'>[];
  readonly page?: GuardedPage;
  readonly apiKey?: string;
  readonly hostRules: HostRules;
  /** Sites whose pages may call the server from a browser; `*` for any. */
  readonly corsOrigins: readonly string[];
  readonly receiveTimeoutSeconds: number;
  readonly log: (line: string) => void;
}

/** The routes of a server, and a function that shuts them down. */
export interface CompletionApp {
  readonly app: FastifyInstance;
  /** Refuses new requests. Resolves when the last completion is sent, or after `graceSeconds`. */
  readonly drain: (graceSeconds: number) => Promise<void>;
}

/** Paths of the requests that use a model. */
const [COMPLETIONS, CHAT, EMBEDDINGS] = ['/v1/completions', '/v1/chat/completions', '/v1/embeddings'] as const; // prettier-ignore
/** Interval for checking the time limit of requests, as a fraction of the limit. */
const CHECKING_SHARE = 1 / 30;

/** Makes the routes of a server; it does not listen yet. */
export async function createApp(options: AppOptions): Promise<CompletionApp> {
  const { models, page, log, corsOrigins, timeoutSeconds } = options;
  const metrics = createMetrics([...new Set(models.map(({ driver }) => driver))]);
  const completions = openCompletions(metrics, log);
  const app = createFastify(options.receiveTimeoutSeconds);
  if (corsOrigins.length > 0) {
    // Registered before the key check, because a browser's preflight request has no key.
    await app.register(cors, {
      origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
      exposedHeaders: ['retry-after', ...Object.values(OWN_HEADERS)],
      maxAge: 600,
    });
  }
  parseJsonBodies(app);
  compressAnswers(app);
  guardRequests(app, options, completions);
  answerErrors(app, options, { metrics, completions });
  addStatusRoutes(app, models, metrics);
  const services = models.map(({ served, driver }) => {
    const { chatTemplate } = served.domain;
    const renderer = chatTemplate && createTemplateRenderer(chatTemplate);
    return { served, driver, timeoutSeconds, onStart: completions.watch, renderer };
  });
  app.post(COMPLETIONS, completionsRoute(services));
  app.post(CHAT, chatRoute(services));
  app.post(EMBEDDINGS, embeddingsRoute(services));
  if (page) await registerPage(app, page, log);
  return { app, drain: completions.drain };
}

function createFastify(receiveTimeoutSeconds: number): FastifyInstance {
  const receiveTimeoutMs = Math.ceil(1000 * receiveTimeoutSeconds);
  return fastify({
    bodyLimit: API_BODY_BYTES,
    // After `drain` no request waits for an answer, and an idle connection would only delay the end.
    forceCloseConnections: true,
    requestTimeout: receiveTimeoutMs,
    // Without these, Node waits a minute for the headers, and checks every 30 seconds.
    http: {
      requestTimeout: receiveTimeoutMs,
      headersTimeout: receiveTimeoutMs,
      connectionsCheckingInterval: Math.ceil(receiveTimeoutMs * CHECKING_SHARE),
    },
    clientErrorHandler: (error, socket) => {
      refuseConnection(error, socket, receiveTimeoutSeconds);
    },
    // Called for errors before a route is found, which the error handler does not see.
    frameworkErrors: (error, _, reply) => {
      const refusal = toRequestError(error);
      void (reply as FastifyReply).status(refusal.status).send(errorBody(refusal)); // outside of any route
    },
  });
}

/** Refuses requests with an unknown host name, requests during a shutdown, and requests without the API key. */
function guardRequests(
  app: FastifyInstance,
  { apiKey, hostRules }: Pick<AppOptions, 'apiKey' | 'hostRules'>,
  completions: OpenCompletions,
): void {
  app.addHook('onRequest', async (request, reply) => {
    // A client with the key is trusted; a proxy in front may use other host names.
    if (apiKey === undefined) checkHost(request.headers.host, hostRules);
    if (completions.isDraining()) {
      reply.header('connection', 'close');
      throw new RequestError('server: expected to accept requests, but it is shutting down', {
        status: 503,
        retryAfterSeconds: 5,
      });
    }
    const { url: route } = request.routeOptions;
    if (apiKey !== undefined && request.url !== '/health' && !isOfPage(route)) {
      authorize(request.headers.authorization, apiKey);
    }
  });
}

/** Sends errors in OpenAI's form, also for unknown addresses. */
function answerErrors(
  app: FastifyInstance,
  { page, log }: Pick<AppOptions, 'page' | 'log'>,
  { metrics, completions }: { metrics: Metrics; completions: OpenCompletions },
): void {
  app.setErrorHandler((error, request, reply) => {
    const refusal = hasLeft(error, request, reply) ? clientLeft(error) : toRequestError(error);
    const isCompletion = [COMPLETIONS, CHAT, EMBEDDINGS].some((path) => path === request.url);
    if (isCompletion && !completions.hasBegun(reply)) metrics.count(refusal.status);
    if (refusal.status >= 500) log(`${request.method} ${request.url}: ${describe(error)}`);
    // Closing the connection would reset it while the client still sends, so that it sees no answer. The rest of
    // the body is read and discarded until the receive timeout.
    if (refusal.status === 413) reply.removeHeader('connection');
    if (refusal.retryAfterSeconds !== undefined) {
      reply.header('retry-after', refusal.retryAfterSeconds);
    }
    return reply.status(refusal.status).send(errorBody(refusal));
  });
  const gettable = ['/v1/models', ...(page ? [PAGE_PATH] : []), '/health'].join(', ');
  app.setNotFoundHandler(({ method, url }) => {
    throw new RequestError(
      `url: expected POST ${COMPLETIONS}, ${CHAT} or ${EMBEDDINGS}, GET ${gettable} or /metrics, got ${method} ${url}`,
      { status: 404, field: 'url', code: 'unknown_url' },
    );
  });
}

/** Adds the routes that describe the server and its models. */
function addStatusRoutes(
  app: FastifyInstance,
  models: AppOptions['models'],
  metrics: Metrics,
): void {
  const started = Math.floor(Date.now() / 1000);
  const describeModel = (id: string): object => {
    return { id, object: 'model', created: started, owned_by: 'ramble' };
  };
  const [first] = models.map(({ served }) => served.id);
  app.get('/health', () => ({ status: 'ok', model: first }));
  app.get('/metrics', async (_, reply) => {
    reply.header('content-type', metrics.contentType);
    return metrics.show();
  });
  app.get('/v1/models', () => ({
    object: 'list',
    data: models.map(({ served }) => describeModel(served.id)),
  }));
  app.get<{ Params: { model: string } }>('/v1/models/:model', ({ params }) => {
    checkModel(models, params.model);
    return describeModel(params.model);
  });
}

/** Whether a request failed because the client disconnected: before its body arrived, or before its answer. */
function hasLeft(error: unknown, request: FastifyRequest, reply: FastifyReply): boolean {
  if (error instanceof RequestError) return false;
  const { code } = error as NodeJS.ErrnoException; // every error of a stream may have one
  if (code === 'ECONNRESET') return request.raw.destroyed;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' && reply.raw.destroyed;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
