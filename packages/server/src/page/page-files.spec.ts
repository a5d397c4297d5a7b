import { getRaw, type ServedPage, servePage } from '../../test/serve-page.js';

let page: ServedPage;
beforeAll(async () => {
  page = await servePage();
});
afterAll(() => page.close());

describe('the files of a page', () => {
  it.each([
    ['', 'text/html; charset=utf-8', 'no-store', 'Explorer'],
    ['index.html', 'text/html; charset=utf-8', 'no-store', 'Explorer'],
    ['style.css?v=2', 'text/css; charset=utf-8', 'no-cache', 'body {}'],
    ['icon.svg', 'image/svg+xml', 'no-cache', '<svg'],
    [
      'assets/chunk-7XK2QWTA.js',
      'application/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
      'export {};',
    ],
  ])('are served to everybody, with type and caching: %j', async (path, type, caching, content) => {
    const response = await fetch(`${page.url}/explore/${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('cache-control')).toBe(caching);
    expect(await response.text()).toContain(content);
  });

  it('are not sent again if they did not change', async () => {
    const { headers } = await fetch(`${page.url}/explore/style.css`);
    const again = await fetch(`${page.url}/explore/style.css`, {
      headers: { 'if-none-match': headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
    });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('are found from the root of the server, too', async () => {
    for (const path of ['/', '/explore']) {
      const response = await fetch(page.url + path);
      expect([response.status, response.url]).toEqual([200, `${page.url}/explore/`]);
    }
  });

  it('may load and run only themselves, and appear in no other page, errors too', async () => {
    for (const path of ['', 'nothing.js', 'calls/models']) {
      const { headers } = await fetch(`${page.url}/explore/${path}`);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
          "img-src 'self' data: blob:; media-src blob:; worker-src 'self'; base-uri 'none'; " +
          "form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
    }
    const { headers } = await fetch(`${page.url}/health`);
    expect(headers.has('content-security-policy')).toBe(false);
  });

  it.each([
    '/explore/../secret.txt',
    '/explore/%2e%2e/secret.txt',
    '/explore/%2E%2E%2Fsecret.txt',
    '/explore/..%5csecret.txt',
    '/explore/assets/../../secret.txt',
    '/explore/assets/%2e%2e/%2e%2e/secret.txt',
    '/explore/%252e%252e/secret.txt',
    '/explore//etc/passwd',
    '/explore/%00',
    '/explore/style.css%00.js',
    '/explore/.git/config',
    '/explore/%2egit/config',
    '/explore/assets',
    '/explore/assets/',
    '/explore/nothing.js',
  ])('end at the folder: %s', async (path) => {
    const { status, body } = await getRaw(page.url, path);
    expect([status, JSON.parse(body)]).toMatchObject([
      404,
      { error: { message: `url: expected a file of the page, got GET ${path}` } },
    ]);
  });

  it('are named in the answer to an unknown path of the server', async () => {
    const { body } = await getRaw(page.url, '/nowhere');
    expect(body).toContain('GET /v1/models, /explore/, /health or /metrics, got GET /nowhere');
  });
});

describe('a server of only a page', () => {
  it('lists no model, and refuses completions', async () => {
    expect(await (await fetch(`${page.url}/health`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${page.url}/v1/models`)).json()).toMatchObject({ data: [] });
    for (const path of ['completions', 'chat/completions']) {
      const response = await fetch(`${page.url}/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"prompt":"a"}',
      });
      expect([response.status, await response.json()]).toMatchObject([
        404,
        { error: { message: 'model: expected a server of a model, got one that serves none' } },
      ]);
    }
  });
});
