import { EventEmitter, once } from 'node:events';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

import { ask, getRaw, type ServedPage, servePage } from '../../test/serve-page.js';
import { startServer } from '../start-server.js';

let page: ServedPage;
beforeAll(async () => {
  page = await servePage({
    whole: {
      echo: (question) => Promise.resolve(question),
      list: () => Promise.resolve([1, null, '<b>']),
      mistype: () => Promise.reject(new TypeError('topk: unknown setting. Did you mean topK?')),
      refuse: () => Promise.reject(new RangeError('layer: expected 0 to 3, got 7')),
      break: () => Promise.reject(new TypeError('x is not a function, of a password')),
    },
  });
});
afterAll(() => page.close());

async function errorOf(response: Response): Promise<[number, unknown]> {
  const { error } = (await response.json()) as { error: { message: string } };
  return [response.status, error.message];
}

describe('a call of a page', () => {
  it('is JSON both ways, and kept by no cache', async () => {
    const question = { model: 'book', text: 'Ümläut \u2028 <script>' };
    const response = await ask(page, 'echo', question);
    expect(await response.json()).toEqual(question);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await (await ask(page, 'list')).json()).toEqual([1, null, '<b>']);
  });

  it('returns the message of a bad question, but no details of an internal error', async () => {
    expect(await errorOf(await ask(page, 'refuse'))).toEqual([
      400,
      'layer: expected 0 to 3, got 7',
    ]);
    expect(await errorOf(await ask(page, 'mistype'))).toEqual([
      400,
      'topk: unknown setting. Did you mean topK?',
    ]);
    expect(await errorOf(await ask(page, 'break'))).toEqual([
      500,
      'server: expected no failure, got an internal error; see the log of the server',
    ]);
    expect(page.log.at(-1)).toContain('POST /explore/calls/break: TypeError: x is not a function');
  });

  it.each(['nothing', 'toString', '__proto__', 'constructor'])(
    'must exist, unlike %s',
    async (name) => {
      expect(await errorOf(await ask(page, name))).toEqual([
        404,
        `call: expected one of echo, list, mistype, refuse, break, got ${name}`,
      ]);
    },
  );

  it.each([
    ['', 400, 'body: expected JSON, got nothing'],
    ['{"a":', 400, 'body: expected JSON, got text that is not: '],
    ['{"__proto__":{}}', 400, 'body: expected no field __proto__'],
    ['['.repeat(200_000) + ']'.repeat(200_000), 400, 'body: expected JSON of at most 100 levels'],
    [`${'{"a":'.repeat(200_000)}0${'}'.repeat(200_000)}`, 400, 'JSON of at most 100 levels'],
    [`"${'a'.repeat(2 ** 24)}"`, 413, 'body: expected a smaller one'],
  ])('has a body of JSON up to 16 MiB: %.9s', async (body, status, message) => {
    const logged = page.log.length;
    const [got, text] = await errorOf(await ask(page, 'echo', body));
    expect([got, text]).toEqual([status, expect.stringContaining(message)]);
    expect(page.log.slice(logged)).toEqual([]);
  });
});

describe('the token of a page', () => {
  const sentence = (got: string): string =>
    `token: expected that of this start of the server, got ${got}; open the address that the server printed when it started`;

  it('is new at each start; the old one is refused with a remedy', async () => {
    const again = await servePage();
    try {
      expect(again.token).toMatch(/^[\w-]{32}$/);
      expect(again.token).not.toBe(page.token);
      const response = await ask({ url: again.url, token: page.token }, 'echo');
      expect(await errorOf(response)).toEqual([401, sentence('another')]);
    } finally {
      await again.close();
    }
  });

  it('is needed in the header, and nowhere else', async () => {
    const { url, token } = page;
    for (const authorization of ['', 'Bearer', `Basic ${token}`, token]) {
      const response = await ask(page, 'echo', {}, { headers: { authorization } });
      expect((await errorOf(response))[0]).toBe(401);
    }
    const inQuery = await ask({ url, token: '' }, `echo?token=${token}`);
    expect((await errorOf(inQuery))[0]).toBe(401);
    const none = await fetch(`${url}/explore/calls/echo`, { method: 'POST' });
    expect(await errorOf(none)).toEqual([401, sentence('none')]);
  });

  it('is the key of a server that has one, which files of the page do not need', async () => {
    const guarded = await servePage(
      { whole: { echo: (question) => Promise.resolve(question) } },
      { apiKey: 'call#me&ishmael' },
    );
    try {
      expect(guarded.pageUrl).toBe(`${guarded.url}/explore/#token=call%23me%26ishmael`);
      expect((await fetch(`${guarded.url}/explore/`)).status).toBe(200);
      expect((await fetch(`${guarded.url}/v1/models`)).status).toBe(401);
      expect((await getRaw(guarded.url, '/explore/../v1/models')).status).toBe(404);
      expect((await ask(guarded, 'echo')).status).toBe(200);
      expect((await ask({ ...guarded, token: page.token }, 'echo')).status).toBe(401);
    } finally {
      await guarded.close();
    }
  });

  it('is required to be a key where others can reach the page', async () => {
    const options = { host: '0.0.0.0', port: 0 };
    const calls = { whole: {}, streamed: {} };
    const open = startServer([], { ...options, page: { folder: '.', calls } });
    await expect(open).rejects.toThrow(
      new RangeError('apiKey: expected a key, as others can reach the page on 0.0.0.0, got none'),
    );
  });
});

describe('a page of another site', () => {
  it.each(['https://evil.example', 'null', 'http://127.0.0.1:1', 'http://localhost'])(
    'cannot call, even if it knew the token: %s',
    async (origin) => {
      expect(await errorOf(await ask(page, 'echo', {}, { headers: { origin } }))).toEqual([
        403,
        `origin: expected the page of this server, got "${origin}"`,
      ]);
    },
  );

  it('is not answered before the preflight, nor under its own host name', async () => {
    const flight = await fetch(`${page.url}/explore/calls/echo`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(flight.status).toBe(404);
    expect(flight.headers.has('access-control-allow-origin')).toBe(false);
    const rebound = await getRaw(page.url, '/explore/', { host: 'evil.example' });
    expect([rebound.status, rebound.body]).toEqual([
      403,
      expect.stringContaining('host: expected localhost or an address of this server'),
    ]);
  });
});

describe('a client that leaves', () => {
  it('aborts the signal of its call, and no other', async () => {
    const calls = new EventEmitter();
    const wait = async (question: unknown, signal: AbortSignal): Promise<unknown> => {
      signal.addEventListener('abort', () => calls.emit('aborted', question));
      calls.emit('called', question);
      if (question === 'leave') await setTimeout(60_000, undefined, { signal });
      const [first] = (await once(calls, 'aborted')) as unknown[];
      return { first, aborted: signal.aborted };
    };
    const waiting = await servePage({ whole: { wait } });
    try {
      const { port } = new URL(waiting.url);
      const sent = request({
        port,
        path: '/explore/calls/wait',
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${waiting.token}` },
      });
      sent.on('error', () => undefined); // the test cuts it off
      const left = once(calls, 'called');
      sent.end('"leave"');
      await left;
      const called = once(calls, 'called');
      const stay = ask(waiting, 'wait', '"stay"');
      await called;
      sent.destroy();
      expect(await (await stay).json()).toEqual({ first: 'leave', aborted: false });
      expect(waiting.log).toEqual([]);
    } finally {
      await waiting.close();
    }
  });
});
