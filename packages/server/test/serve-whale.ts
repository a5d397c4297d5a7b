import '@tensorflow/tfjs-backend-cpu';
import { createModel, type Model } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';
import OpenAI from 'openai';

import type { ServedModel } from '../src/completion/batch-driver.js';
import { type Server, type ServerOptions, startServer } from '../src/start-server.js';
import { END, whaleApp, whaleDomain } from './whale-app.js';

export const CONTEXT = 48;

/** Makes a tiny model with scaled parameters, because a newly initialized model hardly prefers any token. */
async function whaleModel(size: number, contextLength: number, nLayer: number): Promise<Model> {
  tf.env().set('PROD', true); // or it advertises other backends
  await tf.setBackend('cpu');
  const shape = { vocabSize: size, contextLength, nLayer, nHead: 2, nEmbd: 12 };
  const model = createModel(shape, { seed: 3 });
  for (const { name } of model.parameters.specs) {
    const values = model.parameters.read(name);
    const scaled = values.map((value) => 20 * value);
    // The token that ends an output is unlikely: its logit is always 0.
    if (name === 'tokenEmbedding.weight') scaled.fill(0, END * shape.nEmbd);
    if (name.endsWith('.weight')) model.parameters.write(name, scaled);
  }
  return model;
}

/** A server with fields for tests. */
export interface Whale extends Server {
  readonly served: ServedModel;
  /** OpenAI's own client, without retries. */
  readonly client: OpenAI;
  readonly log: readonly string[];
}

/** Starts a server of a tiny model on a free port. */
export async function serveWhale(
  options: ServerOptions = {},
  {
    app = whaleApp,
    domain = whaleDomain,
    contextLength = CONTEXT,
    nLayer = 1,
  }: Partial<Pick<ServedModel, 'app' | 'domain'>> & {
    readonly contextLength?: number;
    readonly nLayer?: number;
  } = {},
): Promise<Whale> {
  const model = await whaleModel(domain.vocabulary.size, contextLength, nLayer);
  const served = { id: 'whale', model, app, domain } as ServedModel;
  const log: string[] = [];
  const server = await startServer(served, {
    port: 0,
    ...options,
    log: options.log ?? ((line) => log.push(line)),
  });
  const client = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: options.apiKey ?? 'any',
    maxRetries: 0,
  });
  return { ...server, served, client, log };
}

/** Maximum time in milliseconds until a metric has an expected value, less than the time limit of a test. */
const PATIENCE_MILLISECONDS = 120_000;

/**
 * Polls the metrics until one of them has a given value.
 *
 * @throws Error if it does not have it in time; polling on would keep jest running after the test.
 */
export async function until(url: string, name: string, value: number): Promise<void> {
  const start = Date.now();
  let text = '';
  while (Date.now() < start + PATIENCE_MILLISECONDS) {
    text = await (await fetch(`${url}/metrics`)).text();
    if (text.includes(`\n${name} ${value}\n`)) return;
  }
  throw new Error(`${name}: expected ${value}, got\n${text}`);
}
