import type { AddressInfo } from 'node:net';

import { createBatchDriver } from './completion/batch-driver.js';
import { type ServedModel, textModel } from './completion/text-model.js';
import { createApp } from './http/create-app.js';

export interface ServerOptions {
  /** The address to listen on; only this machine reaches the one that is taken unless given. */
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port?: number;
  /** What clients must know; without one they need none. */
  readonly apiKey?: string;
  /** Outputs that are written side by side. */
  readonly batchSize?: number;
  /** Outputs that may wait for a place; requests beyond that are refused. */
  readonly queueSize?: number;
  /** The longest that a completion may take, waiting and all. */
  readonly timeoutSeconds?: number;
  /** The longest that a request may take to arrive, headers and body. */
  readonly receiveTimeoutSeconds?: number;
  /** Called with a line about each request, and with what failed. */
  readonly log?: (line: string) => void;
}

/** A server that listens. */
export interface Server {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** Refuses new requests, finishes the ones that run, and ends. */
  close(): Promise<void>;
}

/**
 * Serves a model by OpenAI's completions protocol: `/v1/completions` and `/v1/models`, with `/health`
 * and `/metrics` beside them.
 *
 * @throws TypeError when the model's outputs are not text; RangeError that names host or port when it
 *   cannot listen there.
 * @see https://platform.openai.com/docs/api-reference/completions
 */
export async function startServer(
  served: ServedModel,
  {
    host = '127.0.0.1',
    port = 8080,
    apiKey,
    batchSize = 16,
    queueSize = 64,
    timeoutSeconds = 300,
    receiveTimeoutSeconds = 30,
    log = () => undefined,
  }: ServerOptions = {},
): Promise<Server> {
  const text = textModel(served);
  const driver = createBatchDriver(text.model, { batchSize, queueSize });
  const { app, drain } = createApp({
    text,
    driver,
    apiKey,
    timeoutSeconds,
    receiveTimeoutSeconds,
    log,
  });
  await app.listen({ host, port }).catch((error: unknown) => {
    throw describeListening(error, host, port);
  });
  const address = app.server.address() as AddressInfo; // it listens on a port, not on a pipe
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    close: async () => {
      await drain();
      await app.close();
    },
  };
}

/** An error of the system, about the option that caused it. */
function describeListening(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException; // every error of a socket may have one
  switch (code) {
    case 'EADDRINUSE':
      return new RangeError(`port: expected a free one, got ${port}`, { cause: error });
    case 'EACCES':
      return new RangeError(`port: expected one that this user may listen on, got ${port}`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new RangeError(`host: expected an address of this machine, got ${host}`, {
        cause: error,
      });
    default:
      return error;
  }
}
