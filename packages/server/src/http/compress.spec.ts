import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { ask, type ServedPage, servePage } from '../../test/serve-page.js';
import { serveWhale } from '../../test/serve-whale.js';
import { acceptedEncoding } from './bodies.js';

const LONG = 'call me ishmael. '.repeat(500);

let page: ServedPage;
beforeAll(async () => {
  page = await servePage({
    whole: { long: () => Promise.resolve({ LONG }), short: () => Promise.resolve('call me') },
    streamed: {
      events: async function* () {
        yield await Promise.resolve(LONG);
      },
    },
  });
});
afterAll(() => page.close());

interface Got {
  readonly status?: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Gets a path without the decoding of `fetch`. */
function get(path: string, encodings: string, headers: Record<string, string> = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request(page.url + path, {
      headers: { 'accept-encoding': encodings, ...headers },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const { statusCode: status, headers: got } = response;
      buffer(response).then((body) => resolve({ status, headers: got, body }), reject);
    });
    sent.end();
  });
}

describe('the encoding of a response', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['gzip, deflate', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzipped', undefined],
  ])('is one that the client accepts: %s', (header, encoding) => {
    expect(acceptedEncoding(header)).toBe(encoding);
  });

  it('is gzip or Brotli for long answers, and none for short ones and streams', async () => {
    for (const encoding of ['gzip', 'br']) {
      const headers = { 'accept-encoding': encoding };
      const long = await ask(page, 'long', {}, { headers });
      expect(long.headers.get('content-encoding')).toBe(encoding);
      expect(long.headers.get('vary')).toBe('accept-encoding');
      expect(Number(long.headers.get('content-length'))).toBeLessThan(300);
      expect(await long.json()).toEqual({ LONG });
      for (const name of ['short', 'events']) {
        const plain = await ask(page, name, {}, { headers });
        expect(plain.headers.get('content-encoding')).toBeNull();
        expect((await plain.text()).length).toBeGreaterThanOrEqual(7);
      }
    }
    const plain = await ask(page, 'long', {}, { headers: { 'accept-encoding': 'identity' } });
    expect([plain.headers.get('content-encoding'), await plain.json()]).toEqual([null, { LONG }]);
  });

  it('is the same for each request of a file of the page, and is left out for parts of it', async () => {
    for (let time = 0; time < 2; time++) {
      const { headers, body } = await get('/explore/style.css', 'gzip');
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
      expect(headers['content-length']).toBe(String(body.length));
      expect(gunzipSync(body).toString()).toBe('body {}');
      const brotli = await get('/explore/assets/chunk-7XK2QWTA.js', 'gzip, br');
      expect(brotliDecompressSync(brotli.body).toString()).toBe('export {};');
    }
    const plain = await get('/explore/style.css', 'identity');
    expect([plain.headers['content-encoding'], plain.body.toString()]).toEqual([
      undefined,
      'body {}',
    ]);
    const part = await get('/explore/style.css', 'gzip', { range: 'bytes=0-3' });
    expect([part.status, part.headers['content-encoding'], part.body.toString()]).toEqual([
      206,
      undefined,
      'body',
    ]);
    const { etag } = (await get('/explore/style.css', 'gzip')).headers;
    const again = await get('/explore/style.css', 'gzip', { 'if-none-match': String(etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it('is decoded by OpenAI’s client', async () => {
    const whale = await serveWhale();
    try {
      const choice = { model: 'whale', prompt: 'call me', seed: 3, max_tokens: 40 };
      const { choices } = await whale.client.completions.create({ ...choice, n: 16, logprobs: 5 });
      expect(choices).toHaveLength(16);
    } finally {
      await whale.close();
    }
  });
});
