import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { embedPrompts } from '@ramble/core';
import { adaptModel } from '@ramble/core/model';

import OpenAI from 'openai';

import { serveWhale, until, type Whale } from '../test/serve-whale.js';
import type { ServedModel } from './completion/batch-driver.js';
import { type Server, startServer } from './start-server.js';

let whale: Whale;
beforeAll(async () => {
  whale = await serveWhale();
});
afterAll(() => whale.close());

const call = { model: 'whale', prompt: 'call me', seed: 7 };

describe('a server', () => {
  it('lists its addresses in the response to an unknown one', async () => {
    const response = await fetch(`${whale.url}/v1/images`, { method: 'POST' });
    expect([response.status, await response.json()]).toMatchObject([
      404,
      {
        error: {
          param: 'url',
          message:
            'url: expected POST /v1/completions, /v1/chat/completions or /v1/embeddings, GET /v1/models, /health or /metrics, got POST /v1/images',
        },
      },
    ]);
  });

  it.each([
    ['%E0%A4%A', 400],
    ['a'.repeat(101), 414],
  ])('answers the address /v1/models/%s as OpenAI would', async (name, status) => {
    const response = await fetch(`${whale.url}/v1/models/${name}`);
    expect([response.status, await response.json()]).toEqual([
      status,
      {
        error: {
          message: 'url: expected a valid one with short names, got another',
          type: 'invalid_request_error',
          param: 'url',
          code: null,
        },
      },
    ]);
  });
});

describe('the models', () => {
  it('are the served model', async () => {
    const models: OpenAI.Model[] = [];
    for await (const model of whale.client.models.list()) models.push(model);
    expect(models).toEqual([
      { id: 'whale', object: 'model', created: expect.any(Number) as number, owned_by: 'ramble' },
    ]);
    expect(await whale.client.models.retrieve('whale')).toEqual(models[0]);
    await expect(whale.client.models.retrieve('shark')).rejects.toMatchObject({ status: 404 });
  });
});

describe('models that differ in their adapters', () => {
  /** The whale with random adapters. */
  function adapted(id: string, seed: number): ServedModel {
    const settings = { loraRank: 2, loraAlpha: 4, loraTargets: 'all', loraDropout: 0 } as const;
    const model = adaptModel(whale.served.model, settings, seed);
    for (const { name } of model.parameters.specs) {
      const values = model.parameters.read(name);
      if (!name.includes('.up.')) continue;
      model.parameters.write(name, values.map((_, i) => Math.sin(seed + i * i))); // prettier-ignore
    }
    return { ...whale.served, id, model };
  }
  const requests = [
    { prompt: 'call me', logprobs: 2 },
    { prompt: 'call me', n: 2, echo: true, logprobs: 1 },
    { prompt: 'whale', num_beams: 2 },
    { prompt: 'sea sea sea', prompt_lookup: 4, temperature: 0 },
    { prompt: 'a', guided_regex: '(sea|whale) [a-c]{2}' },
  ];

  it('share one batch, with the outputs that each has alone', async () => {
    const all = [whale.served, adapted('ahab', 5), adapted('ishmael', 8)];
    const limits = { port: 0, batchSize: 2, queueSize: 60 };
    const servers = await Promise.all([all, ...all].map((served) => startServer(served, limits)));
    try {
      const answersOf = ({ url }: Server, model: string): Promise<unknown[]> =>
        Promise.all(
          requests.map(async (request, i) => {
            const body = JSON.stringify({ model, max_tokens: 12, seed: i, ...request });
            const headers = { 'content-type': 'application/json' };
            const sent = { method: 'POST', headers, body };
            const response = await fetch(`${url}/v1/completions`, sent);
            const { choices } = (await response.json()) as OpenAI.Completion;
            return [response.status, choices];
          }),
        );
      const ids = all.map(({ id }) => id);
      const together = await Promise.all(ids.map((id) => answersOf(servers[0], id)));
      const alone = await Promise.all(ids.map((id, i) => answersOf(servers[i + 1], id)));
      expect(together).toEqual(alone);
      expect(new Set(together.map(([first]) => JSON.stringify(first))).size).toBe(3);
      const { embedding } = (await new OpenAI({ baseURL: `${servers[0].url}/v1`, apiKey: 'any' }).embeddings.create({ model: 'ahab', input: 'whale', encoding_format: 'float' })).data[0]; // prettier-ignore
      const [own] = await embedPrompts(all[1].model, [whale.served.domain.encodePrompt('whale')]);
      expect(embedding).toEqual(Array.from(own, (value) => Math.fround(value)));
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
  });

  it('share the limits of the batch', async () => {
    const all = [whale.served, adapted('ahab', 5), adapted('ishmael', 8)];
    const server = await startServer(all, { port: 0, batchSize: 2, graceSeconds: 0 });
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'any', maxRetries: 0 });
    const stop = new AbortController();
    const endless = all.map(({ id: model }) =>
      client.completions
        .create(
          { ...call, model, max_tokens: 100_000, ...{ ignore_eos: true } },
          { signal: stop.signal },
        )
        .catch(() => undefined),
    );
    await until(server.url, 'ramble_sequences_running', 2);
    await until(server.url, 'ramble_sequences_waiting', 1);
    stop.abort();
    await Promise.all(endless);
    await server.close();
  });
});

describe('health and metrics', () => {
  it('report the state of the server', async () => {
    await whale.client.completions.create({ ...call, max_tokens: 3 });
    const health = await fetch(`${whale.url}/health`);
    expect(await health.json()).toEqual({ status: 'ok', model: 'whale' });
    const metrics = await fetch(`${whale.url}/metrics`);
    expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const lines = (await metrics.text()).split('\n');
    const valueOf = (name: string): number =>
      Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length));
    expect(valueOf('ramble_sequences_running')).toBe(0);
    expect(valueOf('ramble_sequences_waiting')).toBe(0);
    expect(valueOf('ramble_requests_total{status="200"}')).toBeGreaterThan(0);
    expect(valueOf('ramble_tokens_total{kind="completion"}')).toBeGreaterThan(2);
    expect(valueOf('ramble_first_token_seconds_count')).toBeGreaterThan(0);
    expect(valueOf('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  it('are joined by a line for each completion', async () => {
    await whale.client.completions.create({ ...call, max_tokens: 3 });
    await whale.client.models.list();
    expect(whale.log.at(-1)).toMatch(/^completion 200: 7 \+ 3 tokens in \d+\.\d\d s$/);
  });
});

describe('an API key', () => {
  it('is required for all addresses but the health', async () => {
    const guarded = await serveWhale({ apiKey: 'ishmael' });
    try {
      const { data } = await guarded.client.models.list();
      expect(data).toHaveLength(1);
      const stranger = new OpenAI({ baseURL: `${guarded.url}/v1`, apiKey: 'ahab', maxRetries: 0 });
      await expect(
        stranger.completions.create({ model: 'whale', prompt: 'call' }),
      ).rejects.toMatchObject({
        status: 401,
        code: 'invalid_api_key',
        message: "401 authorization: expected Bearer and the server's API key, got another key",
      });
      for (const [path, status] of [
        ['/health', 200],
        ['/metrics', 401],
        ['/v1/models', 401],
      ] as const) {
        expect((await fetch(guarded.url + path)).status).toBe(status);
      }
    } finally {
      await guarded.close();
    }
  });
});

/** Sends bytes that are no whole request, and waits until the server ends the connection. */
async function sendRaw(url: string, sent: string): Promise<{ status: number; error: unknown }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(sent);
  const [head, body] = (await text(socket)).split('\r\n\r\n');
  const { error } = JSON.parse(body) as { error: unknown };
  return { status: Number(head.split(' ')[1]), error };
}

const HEADERS = [
  'POST /v1/completions HTTP/1.1',
  'host: localhost',
  'content-type: application/json',
  'content-length: 9',
].join('\r\n');

describe('limits', () => {
  it.each([
    ['body', `${HEADERS}\r\n\r\n{"pr`],
    ['headers', HEADERS],
  ])('refuse a request that sends its %s too slowly, soon after the limit', async (_, sent) => {
    const hasty = await serveWhale({ receiveTimeoutSeconds: 0.3 });
    try {
      const startMs = performance.now();
      expect(await sendRaw(hasty.url, sent)).toEqual({
        status: 408,
        error: {
          message: 'request: expected to arrive within 0.3 s, did not; send it faster',
          type: 'invalid_request_error',
          param: null,
          code: null,
        },
      });
      expect(performance.now() - startMs).toBeLessThan(30_000);
    } finally {
      await hasty.close();
    }
  });

  it('refuse requests that are not HTTP, and endless headers', async () => {
    expect(await sendRaw(whale.url, 'call me ishmael\r\n\r\n')).toMatchObject({
      status: 400,
      error: { message: expect.stringContaining('request: expected HTTP/1.1, got: ') as string },
    });
    expect(
      await sendRaw(whale.url, `GET /health HTTP/1.1\r\na: ${'a'.repeat(20_000)}`),
    ).toMatchObject({
      status: 431,
      error: { message: 'headers: expected smaller ones; send fewer or shorter ones' },
    });
  });

  it('refuse a request that would wait too long, with the time of a retry', async () => {
    const small = await serveWhale({ batchSize: 1, queueSize: 2 }, { contextLength: 400 });
    try {
      const long = { ...call, n: 3, max_tokens: 300, ignore_eos: true };
      const running = small.client.completions.create(long);
      await until(small.url, 'ramble_sequences_waiting', 2);
      const refused = small.client.completions.create(call);
      await expect(refused).rejects.toMatchObject({
        status: 429,
        code: 'rate_limit_exceeded',
        message: '429 server: expected room for 1 output, got 3 of 3 slots taken; try again soon',
      });
      const { headers } = (await refused.catch((error: unknown) => error)) as { headers: Headers };
      expect(headers.get('retry-after')).toBe('1');
      expect((await running).choices).toHaveLength(3);
      expect((await small.client.completions.create(call)).choices).toHaveLength(1);
    } finally {
      await small.close();
    }
  });

  it('refuse bodies above one megabyte, and bodies that are not JSON by name', async () => {
    const post = (body: string, type = 'application/json'): Promise<Response> =>
      fetch(`${whale.url}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
    const huge = await post(JSON.stringify({ prompt: 'a'.repeat(2 ** 20) }));
    expect([huge.status, await huge.json()]).toMatchObject([413, { error: { param: 'body' } }]);
    const open = await post('{');
    let reason = '';
    try {
      JSON.parse('{');
    } catch (error) {
      reason = (error as Error).message; // in Node's own words
    }
    expect([open.status, await open.json()]).toEqual([
      400,
      {
        error: {
          message: `body: expected JSON, got text that is not: ${reason}`,
          type: 'invalid_request_error',
          param: 'body',
          code: null,
        },
      },
    ]);
    for (const [body, message] of [
      ['', 'body: expected JSON, got nothing'],
      [
        '{"prompt":"a","__proto__":{}}',
        'body: expected no field __proto__ or constructor.prototype, got one',
      ],
    ]) {
      expect(await (await post(body)).json()).toMatchObject({ error: { param: 'body', message } });
    }
    const form = await post('prompt=a', 'application/x-www-form-urlencoded');
    expect([form.status, await form.json()]).toMatchObject([
      415,
      {
        error: {
          message:
            'content-type: expected application/json, got another; send the header content-type: application/json',
        },
      },
    ]);
  });

  it('answer a body above one megabyte however it arrives, and still read the rest of it', async () => {
    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
    const head = [
      'POST /v1/completions HTTP/1.1',
      'host: localhost',
      'content-type: application/json',
      'transfer-encoding: chunked',
    ].join('\r\n');
    const socket = connect(Number(new URL(whale.url).port), '127.0.0.1');
    socket.setEncoding('utf8').write(`${head}\r\n\r\n${chunk.repeat(17)}`);
    const [refusal] = (await once(socket, 'data')) as [string];
    expect(refusal).toMatch(/^HTTP\/1\.1 413 [^]*"param":"body"/);
    socket.write(`${chunk.repeat(40)}0\r\n\r\nGET /health HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    const [health] = (await once(socket, 'data')) as [string];
    expect(health).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('end requests that take too long, in a stream too', async () => {
    const hasty = await serveWhale({ timeoutSeconds: 0.002 });
    const params = { ...call, n: 60, max_tokens: 40 };
    try {
      await expect(hasty.client.completions.create(params)).rejects.toMatchObject({
        status: 503,
        message: '503 request: expected to finish within 0.002 s, did not',
      });
      const stream = await hasty.client.completions.create({ ...params, stream: true });
      const read = async (): Promise<void> => {
        for await (const part of stream) expect(part.choices).toHaveLength(1);
      };
      await expect(read()).rejects.toThrow('request: expected to finish within 0.002 s, did not');
      await until(hasty.url, 'ramble_sequences_running', 0);
    } finally {
      await hasty.close();
    }
  });

  it('apply to each reader: a client that does not read keeps no place', async () => {
    const response = await fetch(`${whale.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...call, n: 80, max_tokens: 40, logprobs: 5, stream: true }),
    });
    await until(whale.url, 'ramble_sequences_running', 0);
    const events = (await response.text()).split('\n\n');
    expect(events.filter((event) => event.includes('"finish_reason":"'))).toHaveLength(80);
    expect(events.slice(-2)).toEqual(['data: [DONE]', '']);
  });
});

describe('a client that leaves', () => {
  it('frees its places, those in the queue too', async () => {
    const stream = await whale.client.completions.create({
      ...call,
      n: 40,
      max_tokens: 40,
      stream: true,
    });
    for await (const { choices } of stream) {
      expect(choices).toHaveLength(1);
      break; // closes the connection
    }
    await until(whale.url, 'ramble_sequences_running', 0);
    await until(whale.url, 'ramble_sequences_waiting', 0);
    expect(whale.log.at(-1)).toMatch(/^completion 499: 7 \+ \d+ tokens/);
    expect(Number(/\+ (\d+)/.exec(whale.log.at(-1)!)?.[1])).toBeLessThan(40 * 40);
  });
});

describe('closing', () => {
  it('does not wait for a connection without a request', async () => {
    const closing = await serveWhale();
    const silent = connect(Number(new URL(closing.url).port), '127.0.0.1');
    await once(silent, 'connect');
    await fetch(`${closing.url}/health`); // the server has accepted both by then
    const ended = once(silent, 'close');
    await closing.close();
    await ended;
  });

  it('finishes running completions, refuses new requests, and ends', async () => {
    const closing = await serveWhale();
    const stream = await closing.client.completions.create({
      ...call,
      n: 20,
      max_tokens: 40,
      stream: true,
    });
    const closed = closing.close();
    await expect(closing.client.completions.create(call)).rejects.toMatchObject({
      status: 503,
      message: '503 server: expected to accept requests, but it is shutting down',
    });
    expect((await fetch(`${closing.url}/health`)).headers.get('retry-after')).toBe('5');
    const reasons: unknown[] = [];
    for await (const { choices } of stream) {
      reasons.push(
        ...choices.flatMap(({ finish_reason }) => (finish_reason as string | null) ?? []),
      );
    }
    expect(reasons).toHaveLength(20);
    await closed;
    await expect(fetch(`${closing.url}/health`)).rejects.toThrow('fetch failed');
  });
});
