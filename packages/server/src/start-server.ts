import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';

import type { Model } from '@ramble/core';
import { canShareBatch } from '@ramble/core/model';
import { prepareConstraints } from '@ramble/language/constraints';

import {
  type BatchDriver,
  type BatchLimits,
  createBatchDriver,
  type ServedModel,
} from './completion/batch-driver.js';
import { domainModel } from './completion/read-prompt.js';
import { checkApiKey, isLoopback } from './http/guards.js';
import { type AppOptions, createApp } from './http/create-app.js';
import { type Page, PAGE_PATH } from './page/page.js';

/** Address, access and limits of a server; each option has a default. */
export interface ServerOptions {
  /** The address to listen on. The default, `127.0.0.1`, can be reached from this machine only. */
  readonly host?: string;
  /** The port to listen on, 8080 by default; 0 chooses a free one. */
  readonly port?: number;
  /** The key that clients must send, in visible ASCII. Without it no key is needed. */
  readonly apiKey?: string;
  /**
   * Host names that a server without a key answers to, in addition to this machine's names and `host`. Others are
   * refused, because a web page could point its own name at this machine. `*` allows any.
   */
  readonly allowedHosts?: readonly string[];
  /** Sites whose pages may call the server from a browser: `https://example.com`, or `*` for any. */
  readonly corsOrigins?: readonly string[];
  /** The maximum number of outputs and beams that are sampled in one batch; 16 by default. */
  readonly batchSize?: number;
  /** The maximum number of outputs and beams that wait, 64 by default; requests beyond it are refused. */
  readonly queueSize?: number;
  /** The maximum time in seconds that a completion may take, including the time in the queue; 300 by default. */
  readonly timeoutSeconds?: number;
  /** The maximum time in seconds in which a request's headers and body must arrive; 30 by default. */
  readonly receiveTimeoutSeconds?: number;
  /** The maximum time in seconds that `close` waits for running completions; 25 by default. */
  readonly graceSeconds?: number;
  /**
   * A page that is served under `/explore/`, in addition to the models. Its calls need a token: the key, or a
   * random token if no key is given.
   */
  readonly page?: Page;
  /** Called with a line about each request, and with errors. */
  readonly log?: (line: string) => void;
}

/** A running server. */
export interface Server {
  /** The address of the server, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** URL of the page with its token in the fragment, which is not sent to servers: `…/explore/#token=…`. */
  readonly pageUrl?: string;
  /** Refuses new requests, lets running ones finish within `graceSeconds`, and stops the server. */
  close(): Promise<void>;
}

/** Number of bytes of a random token: too many to be guessed. */
const TOKEN_BYTES = 24;

/**
 * Serves models by OpenAI's protocols: `/v1/completions`, `/v1/models` and, if the model has a chat template,
 * `/v1/chat/completions`. It also serves `/health` and `/metrics`.
 *
 * @param served - One model, or several with distinct ids. The first answers requests that name no model. Models that
 *   differ only in their adapters share batches, and the limits of a batch.
 * @throws RangeError that names the option: a key that is not visible ASCII, a missing key for a page that other
 *   machines can reach, fewer places than a domain's beams, an address or a port that is unavailable.
 * @see https://platform.openai.com/docs/api-reference/completions
 */
export async function startServer(
  served: ServedModel | readonly ServedModel[],
  {
    host = '127.0.0.1',
    port = 8080,
    apiKey,
    batchSize = 16,
    queueSize = 64,
    timeoutSeconds = 300,
    receiveTimeoutSeconds = 30,
    graceSeconds = 25,
    allowedHosts = [],
    corsOrigins = [],
    page,
    log = () => undefined,
  }: ServerOptions = {},
): Promise<Server> {
  checkApiKey(apiKey);
  checkOrigins(corsOrigins);
  if (page && apiKey === undefined && !isLoopback(host.toLowerCase())) {
    throw new RangeError(
      `apiKey: expected a key, as others can reach the page on ${host}, got none`,
    );
  }
  const all: readonly ServedModel[] = 'app' in served ? [served] : served;
  for (const { app } of all) checkBeams(app, batchSize);
  const token = apiKey ?? randomBytes(TOKEN_BYTES).toString('base64url');
  const { app, drain } = await createApp({
    models: withDrivers(all, { batchSize, queueSize }),
    page: page && { ...page, token },
    apiKey,
    hostRules: { host, allowedHosts },
    corsOrigins,
    timeoutSeconds,
    receiveTimeoutSeconds,
    log,
  });
  for (const { domain } of all) prepareConstraints(domain);
  await app.listen({ host, port }).catch((error: unknown) => {
    throw describeListening(error, host, port);
  });
  const address = app.server.address() as AddressInfo; // it listens on a port, not on a pipe
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const url = `http://${name}:${address.port}`;
  return {
    url,
    pageUrl: page && `${url}${PAGE_PATH}#token=${encodeURIComponent(token)}`,
    close: async () => {
      await drain(graceSeconds);
      await app.close();
    },
  };
}

/** Returns the models with their drivers. Models that differ only in their adapters have one driver, and share batches. */
function withDrivers(all: readonly ServedModel[], limits: BatchLimits): AppOptions['models'] {
  const drivers = new Map<Model, BatchDriver>();
  return all.map((each) => {
    const found = [...drivers].find(([model]) => canShareBatch(model, each.model));
    const driver = found?.[1] ?? createBatchDriver(each.model, limits);
    if (!found) drivers.set(each.model, driver);
    return { served: domainModel(each), driver };
  });
}

/**
 * Checks that a batch has room for an app's default number of beams.
 *
 * @throws RangeError if the number exceeds the batch size.
 */
function checkBeams({ name, sampling }: ServedModel['app'], batchSize: number): void {
  const { numBeams = 1 } = sampling ?? {};
  if (batchSize >= numBeams) return;
  throw new RangeError(
    `batchSize: expected at least ${numBeams}, the beams of ${name}, got ${batchSize}`,
  );
}

/**
 * Checks the sites whose pages may call the server.
 *
 * @throws RangeError for a value that no browser sends as the header `Origin`.
 */
function checkOrigins(origins: readonly string[]): void {
  const wrong = origins.find((origin) => origin !== '*' && originOf(origin) !== origin);
  if (wrong === undefined) return;
  const known = originOf(wrong);
  const hint = known === undefined ? 'https://example.com' : known;
  throw new RangeError(`corsOrigins: expected an origin such as ${hint} or *, got ${wrong}`);
}

function originOf(text: string): string | undefined {
  return URL.canParse(text) && new URL(text).origin !== 'null' ? new URL(text).origin : undefined;
}

/** Turns a system error into one about the option that caused it. */
function describeListening(error: unknown, host: string, port: number): unknown {
  const { code = '' } = error as NodeJS.ErrnoException; // every error of a socket may have one
  const address = `host: expected an address of this machine, got ${host}`;
  const messages: Readonly<Record<string, string>> = {
    EADDRINUSE: `port: expected a free one, got ${port}, which another program uses; 0 chooses a free one`,
    EACCES: `port: expected one that this user is allowed to listen on, got ${port}`,
    EADDRNOTAVAIL: address,
    ENOTFOUND: address,
    EAI_AGAIN: address,
  };
  return Object.hasOwn(messages, code) ? new RangeError(messages[code], { cause: error }) : error;
}
