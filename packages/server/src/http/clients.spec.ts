import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';

import { serveWhale, until, type Whale } from '../../test/serve-whale.js';
import { createBatchDriver } from '../completion/batch-driver.js';
import { domainModel } from '../completion/read-prompt.js';
import { planCompletion } from '../completion/plan-completion.js';
import { startCompletion } from '../completion/start-completion.js';
import { parseRequest } from '../request/parse-request.js';
import { RequestError } from '../request/ignored-fields.js';

let whale: Whale;
beforeEach(async () => {
  whale = await serveWhale();
});
afterEach(() => whale.close());

const LONG = { model: 'whale', prompt: 'call me', n: 40, max_tokens: 400, logprobs: 5, seed: 3 };

function portOf({ url }: Whale): number {
  return Number(new URL(url).port);
}

/** Sends the request of a browser whose page was served under a given host name. */
function statusFor(host: string, path = '/v1/models', server = whale): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: portOf(server), host: '127.0.0.1', path, headers: { host } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve([response.statusCode, JSON.parse(body)]));
    });
    sent.end();
  });
}

/** Sends a request over a connection that is never read. */
async function sendUnread(body: object, server = whale): Promise<Socket> {
  const socket = connect(portOf(server), '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  const json = JSON.stringify(body);
  const head = ['POST /v1/completions HTTP/1.1', 'host: localhost'];
  const headers = ['content-type: application/json', `content-length: ${json.length}`];
  socket.write(`${[...head, ...headers].join('\r\n')}\r\n\r\n${json}`);
  socket.on('error', () => undefined); // it is cut off
  return socket;
}

function metricsOf({ url }: Whale): Promise<string> {
  return fetch(`${url}/metrics`).then((response) => response.text());
}

describe('a page of another site', () => {
  it('reaches no route by its own name for this machine', async () => {
    for (const path of ['/health', '/metrics', '/v1/models', '/nowhere']) {
      expect(await statusFor('evil.example', path)).toEqual([
        403,
        {
          error: {
            message:
              'host: expected localhost or an address of this server, got "evil.example"; --allowed-host allows other names',
            type: 'invalid_request_error',
            param: 'host',
            code: 'host_not_allowed',
          },
        },
      ]);
    }
    expect(await statusFor(`localhost:${portOf(whale)}`)).toMatchObject([200, {}]);
  });

  it('is answered under an allowed name, and with the key', async () => {
    const named = await serveWhale({ allowedHosts: ['box.lan'] });
    const guarded = await serveWhale({ apiKey: 'ishmael' });
    try {
      expect(await statusFor('box.lan:80', '/v1/models', named)).toMatchObject([200, {}]);
      expect(await statusFor('evil.example', '/v1/models', named)).toMatchObject([403, {}]);
      expect(await statusFor('api.example', '/v1/models', guarded)).toMatchObject([401, {}]);
    } finally {
      await Promise.all([named.close(), guarded.close()]);
    }
  });

  it('is let in by a browser only from the origins that were named', async () => {
    const open = await serveWhale({ corsOrigins: ['https://page.example'], apiKey: 'ishmael' });
    try {
      const ask = async (origin: string): Promise<string | null> => {
        const headers = { origin, 'access-control-request-method': 'POST' };
        const url = `${open.url}/v1/completions`;
        const { status, headers: answer } = await fetch(url, { method: 'OPTIONS', headers });
        expect(status).toBe(204);
        return answer.get('access-control-allow-origin');
      };
      expect(await ask('https://page.example')).toBe('https://page.example');
      expect(await ask('https://evil.example')).toBeNull();
      const refused = await fetch(`${open.url}/v1/models`, {
        headers: { origin: 'https://page.example' },
      });
      expect(refused.status).toBe(401);
      expect(refused.headers.get('access-control-allow-origin')).toBe('https://page.example');
      expect(refused.headers.get('access-control-expose-headers')).toContain('x-ramble-ignored');
    } finally {
      await open.close();
    }
    expect((await fetch(whale.url + '/health')).headers.has('access-control-allow-origin')).toBe(
      false,
    );
    await expect(serveWhale({ corsOrigins: ['https://page.example/'] })).rejects.toThrow(
      new RangeError(
        'corsOrigins: expected an origin such as https://page.example or *, got https://page.example/',
      ),
    );
  });
});

describe('a client that leaves', () => {
  it.each([
    ['a whole answer', { ...LONG }],
    ['a stream', { ...LONG, stream: true }],
  ])('is counted once, as 499, and logged in a line: %s', async (_, body) => {
    const socket = await sendUnread(body);
    await until(whale.url, 'ramble_sequences_running', 16);
    socket.destroy();
    await until(whale.url, 'ramble_requests_total{status="499"}', 1);
    await until(whale.url, 'ramble_sequences_running', 0);
    expect(await metricsOf(whale)).not.toMatch(/ramble_requests_total\{status="500"\}/);
    expect(whale.log).toEqual([
      expect.stringMatching(/^completion 499: 7 \+ \d+ tokens in \d+\.\d\d s$/),
    ]);
  });

  it('is no failure of the server while its stream waits for a slot', async () => {
    const others = await sendUnread({ ...LONG, n: 16, max_tokens: 1e6, ignore_eos: true });
    await until(whale.url, 'ramble_sequences_running', 16);
    const socket = await sendUnread({ ...LONG, n: 1, stream: true });
    await until(whale.url, 'ramble_sequences_waiting', 1);
    socket.destroy();
    await until(whale.url, 'ramble_requests_total{status="499"}', 1);
    await until(whale.url, 'ramble_sequences_waiting', 0);
    others.destroy();
    await until(whale.url, 'ramble_requests_total{status="499"}', 2);
    expect(whale.log.filter((line) => !line.startsWith('completion 499: '))).toEqual([]);
  });

  it('is no failure of the server before its request is whole either', async () => {
    const socket = connect(portOf(whale), '127.0.0.1');
    const head = 'POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900\r\n';
    socket.write(`${head}content-type: application/json\r\n\r\n{"prompt": "call`);
    await until(whale.url, 'ramble_sequences_running', 0); // a round, in which it arrives
    socket.destroy();
    await until(whale.url, 'ramble_requests_total{status="499"}', 1);
    expect(await metricsOf(whale)).not.toMatch(/ramble_requests_total\{status="500"\}/);
    expect(whale.log).toEqual([]);
  });
});

describe('a client that waits', () => {
  it('gets comments in its stream, and its wait is in the log and the metrics', async () => {
    const others = await sendUnread({ ...LONG, n: 16, max_tokens: 1e6, ignore_eos: true });
    await until(whale.url, 'ramble_sequences_running', 16);
    const response = await fetch(`${whale.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...LONG, n: 2, max_tokens: 3, stream: true }),
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const { value: notice } = await reader.read();
    expect(notice).toBe(': waiting for a slot, as 2 outputs do\n\n');
    others.destroy();
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
    expect(rest).toMatch(/^data: [^]*data: \[DONE\]\n\n$/);
    await until(whale.url, 'ramble_queue_seconds_count', 2);
    expect(whale.log.at(-1)).toMatch(/^completion 200: .* s, \d+\.\d\d s of it in the queue$/);
  });

  it('gets the whole answer by OpenAI’s client all the same', async () => {
    const others = await sendUnread({ ...LONG, n: 16, max_tokens: 1e6, ignore_eos: true });
    await until(whale.url, 'ramble_sequences_running', 16);
    const request = { ...LONG, n: 1, max_tokens: 3 };
    const stream = await whale.client.completions.create({ ...request, stream: true });
    const freed = setTimeout(1500).then(() => others.destroy());
    let text = '';
    for await (const { choices } of stream) text += choices[0].text;
    await freed;
    expect(text).toBe((await whale.client.completions.create(request)).choices[0].text);
  });
});

describe('a client that does not read', () => {
  it('does not delay the shutdown beyond the grace period', async () => {
    const closing = await serveWhale({ graceSeconds: 0.2 });
    const socket = await sendUnread({ ...LONG, n: 80, max_tokens: 1e6, stream: true }, closing);
    await until(closing.url, 'ramble_sequences_running', 16);
    const startMs = performance.now();
    const ended = once(socket.resume(), 'close');
    socket.pause();
    await closing.close();
    expect(performance.now() - startMs).toBeLessThan(30_000);
    expect(closing.log).toContain('1 completions were not done within 0.2 s, and end here');
    socket.resume();
    await ended;
  });

  it('is disconnected when it is too slow', async () => {
    const driver = createBatchDriver(whale.served.model, { batchSize: 4, queueSize: 0 });
    const served = domainModel(whale.served);
    const endless = { prompt: 'call me', n: 4, max_tokens: 1e6, ignore_eos: true, stream: true };
    const plan = await planCompletion(served, parseRequest(endless), driver);
    const { deltas } = startCompletion(driver, served, plan, 40);
    while (driver.running + driver.waiting > 0) await setImmediate();
    let parts = 0;
    const read = async (): Promise<void> => {
      for await (const { text } of deltas) parts += text.length > 0 ? 1 : 0;
    };
    await expect(read()).rejects.toThrow(
      new RequestError(
        'request: expected a client that reads, got one with more than 40 parts unread',
      ),
    );
    expect(parts).toBe(41);
  });
});

describe('a request with too many prompts', () => {
  it('is refused before its 250,000 prompts are read', async () => {
    const prompt = new Array<string>(250_000).fill('A'); // a character that the prompt may not contain
    const response = await fetch(`${whale.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt }),
    });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      {
        error: {
          param: 'prompt',
          message: 'prompt: expected at most 80 outputs of one request, got 250000',
        },
      },
    ]);
  });
});
