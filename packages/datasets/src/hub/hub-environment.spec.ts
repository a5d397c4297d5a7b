import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { fetchFrom, RefusedError } from '../download/fetch-from.js';
import {
  environmentFetch,
  hubEnvironment,
  hubToken,
  isSafePath,
  parseHubName,
  shownHubName,
} from './hub-environment.js';

describe('hubEnvironment', () => {
  it('finds the cache where huggingface_hub has it', () => {
    const cacheOf = (environment: NodeJS.ProcessEnv): string =>
      hubEnvironment(environment).cacheFolder;
    expect(cacheOf({ HF_HUB_CACHE: '/a', HF_HOME: '/b' })).toBe('/a');
    expect(cacheOf({ HUGGINGFACE_HUB_CACHE: '/a', HF_HOME: '/b' })).toBe('/a');
    expect(cacheOf({ HF_HOME: '/b' })).toBe(join('/b', 'hub'));
    expect(cacheOf({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'huggingface', 'hub'));
    expect(cacheOf({ XDG_CACHE_HOME: '', HF_HOME: '' })).toBe(cacheOf({}));
    expect(cacheOf({})).toBe(join(homedir(), '.cache', 'huggingface', 'hub'));
  });

  it('uses the Hub, or the mirror in HF_ENDPOINT', () => {
    expect(hubEnvironment({}).url).toBe('https://huggingface.co');
    expect(hubEnvironment({ HF_ENDPOINT: 'https://hub.example/' }).url).toBe('https://hub.example');
  });

  it.each(['hub.example', 'hub.example:8080', 'file:///etc'])(
    'refuses %s as a mirror of the Hub',
    (mirror) => {
      expect(() => hubEnvironment({ HF_ENDPOINT: mirror })).toThrow(
        new RangeError(
          `HF_ENDPOINT: expected the URL of a mirror such as https://hub.example, got ${mirror}`,
        ),
      );
    },
  );

  it.each([
    ['1', true],
    ['true', true],
    ['YES', true],
    ['0', false],
    ['', false],
  ])('reads HF_HUB_OFFLINE=%s as Python does', (HF_HUB_OFFLINE, isOffline) => {
    expect(hubEnvironment({ HF_HUB_OFFLINE }).isOffline).toBe(isOffline);
  });
});

describe('hubToken', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'ramble-token-'));
  });
  afterEach(() => rm(home, { recursive: true }));
  const tokenOf = (environment: NodeJS.ProcessEnv): Promise<string> =>
    hubToken(hubEnvironment({ HF_HOME: home, ...environment }));

  it('is read from the environment, else from the file', async () => {
    expect(await tokenOf({})).toBe('');
    await writeFile(join(home, 'token'), 'hf_file\n');
    expect(await tokenOf({})).toBe('hf_file');
    expect(await tokenOf({ HF_TOKEN: ' hf_own ' })).toBe('hf_own');
    expect(await tokenOf({ HUGGING_FACE_HUB_TOKEN: 'hf_old' })).toBe('hf_old');
    expect(await tokenOf({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toBe('');
    await writeFile(join(home, 'other'), 'hf_other');
    expect(await tokenOf({ HF_TOKEN_PATH: join(home, 'other') })).toBe('hf_other');
  });

  it('is left out of the error if it cannot be sent', async () => {
    await writeFile(join(home, 'token'), 'hf_a hf_b');
    await expect(tokenOf({})).rejects.toThrow(
      new Error(`${home}/token: expected a token such as hf_…, got other text`),
    );
    await expect(tokenOf({ HF_TOKEN_PATH: home })).rejects.toHaveProperty(
      'message',
      `${home}: expected a file, got a folder`,
    );
  });
});

describe('parseHubName', () => {
  it.each([
    ['Qwen/Qwen3-0.6B', { repository: 'Qwen/Qwen3-0.6B', revision: 'main' }],
    ['Qwen/Qwen3-0.6B@refs/pr/7', { repository: 'Qwen/Qwen3-0.6B', revision: 'refs/pr/7' }],
    ['a/b:x/W.gguf', { repository: 'a/b', revision: 'main', file: 'x/W.gguf' }],
    ['a/b@v1:Q4_K_M', { repository: 'a/b', revision: 'v1', file: 'Q4_K_M' }],
  ])('reads %s, and shows it so', (word, name) => {
    expect(parseHubName(word)).toEqual(name);
    expect(shownHubName(name)).toBe(word);
  });

  it.each([
    ...['gpt2', './gpt2', '/gpt2', 'a/b/c', 'C:\\models\\gpt2', 'a/', '/b', 'a b/c', '../gpt2'],
    ...['a/b@', 'a/b:', 'a/b@../../x', 'a/b:../x.gguf', 'a/b:/x.gguf', 'a/b.git', 'a--b/c', '~/x'],
  ])('does not take %s for one', (word) => {
    expect(parseHubName(word)).toBeUndefined();
  });
});

describe('isSafePath', () => {
  it.each(['config.json', 'a/b.gguf', '.gitattributes', 'a..b'])('accepts %s', (path) => {
    expect(isSafePath(path)).toBe(true);
  });
  it.each(['', '/etc', '../x', 'a/../../x', 'a//b', 'a\\b', 'C:x', '.', 'a\0'])(
    'refuses %j',
    (path) => {
      expect(isSafePath(path)).toBe(false);
    },
  );
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let servers: Server[] = [];
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers = [];
});

async function listen(answer: Answer): Promise<{ server: Server; url: string }> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }; // a server on a port has no path
}

/** A proxy that records the requested URLs; it reaches nothing but the loopback. */
async function proxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const { server, url } = await listen((incoming, outgoing) => {
    asked.push(incoming.url ?? '');
    incoming.pipe(
      request(incoming.url ?? '', { headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  });
  server.on('connect', (incoming, socket) => {
    asked.push(incoming.url ?? '');
    const [host, port] = (incoming.url ?? '').split(':');
    const through = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(through).pipe(socket);
    });
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
  });
  return { url, asked };
}

/** A Hub that wants a token, and sends big files on to another host. */
async function hub(): Promise<{ url: string; tokens: string[] }> {
  const tokens: string[] = [];
  const note: Answer = ({ url = '', headers }, response) => {
    tokens.push(`${url} ${headers.authorization ?? 'none'}`);
    response.end('weights');
  };
  const { url: elsewhere } = await listen(note);
  const { url } = await listen((incoming, response) => {
    tokens.push(`${incoming.url ?? ''} ${incoming.headers.authorization ?? 'none'}`);
    if (incoming.headers.authorization !== 'Bearer hf_secret') response.writeHead(401).end();
    else if (incoming.url === '/big')
      response.writeHead(302, { location: `${elsewhere}/blob` }).end();
    else response.end('small');
  });
  return { url, tokens };
}

describe('environmentFetch', () => {
  it('gives the token to the Hub, and to nobody else', async () => {
    const { url, tokens } = await hub();
    const { url: other } = await listen(({ headers }, response) => {
      response.end(headers.authorization ?? 'none');
    });
    const fetch = environmentFetch({ HF_TOKEN: 'hf_secret', HF_ENDPOINT: url });
    expect(await (await fetch(`${url}/small`)).text()).toBe('small');
    expect(await (await fetch(`${url}/big`, { headers: { range: 'bytes=0-' } })).text()).toBe(
      'weights',
    );
    expect(await (await fetch(`${other}/`)).text()).toBe('none');
    expect(tokens).toEqual(['/small Bearer hf_secret', '/big Bearer hf_secret', '/blob none']);
    const nobody = environmentFetch({ HF_ENDPOINT: url, HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' });
    expect((await nobody(`${url}/small`)).status).toBe(401);
  });

  it('uses the proxy of the environment, with the token, except for hosts in NO_PROXY', async () => {
    const { url, tokens } = await hub();
    const { url: through, asked } = await proxy();
    const names = { HF_TOKEN: 'hf_secret', HF_ENDPOINT: url, HTTP_PROXY: through };
    const fetch = environmentFetch(names);
    expect(await (await fetch(`${url}/big`)).text()).toBe('weights');
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(asked[0]).toContain(new URL(url).host);
    expect(tokens).toEqual(['/big Bearer hf_secret', '/blob none']);
    const before = asked.length;
    const direct = environmentFetch({ ...names, NO_PROXY: '127.0.0.1' });
    expect(await (await direct(`${url}/small`)).text()).toBe('small');
    expect(asked).toHaveLength(before);
  });

  it('takes a proxy without a scheme as an HTTP proxy, as curl does', async () => {
    const { url } = await listen((_, response) => response.end('answer'));
    const { url: through, asked } = await proxy();
    const fetch = environmentFetch({ HTTP_PROXY: through.replace('http://', '') });
    expect(await (await fetch(`${url}/`)).text()).toBe('answer');
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['socks5://127.0.0.1:1080', 'socks5://127.0.0.1:1080'],
    ['proxy:port', 'proxy:port'],
    ['socks5://ahab:secret@proxy:1080', 'socks5://…@proxy:1080'],
  ])('refuses the proxy %s in one line, at once', async (HTTPS_PROXY, shown) => {
    const fetch = environmentFetch({ HTTPS_PROXY });
    const pieces = fetchFrom('whale', 'https://hub.example/whale', 0, { fetch });
    await expect(pieces.next()).rejects.toThrow(
      new RefusedError(
        `HTTPS_PROXY: expected an HTTP proxy such as http://proxy.example:3128, got ${shown}`,
      ),
    );
  });

  it('requests a connection to a host of https from the proxy of HTTPS_PROXY', async () => {
    const asked: string[] = [];
    const { server, url } = await listen((_, response) => response.writeHead(400).end());
    server.on('connect', (incoming, socket) => {
      asked.push(incoming.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const fetch = environmentFetch({ https_proxy: url });
    await expect(fetch('https://hub.example/model')).rejects.toThrow();
    expect(asked).toEqual(['hub.example:443']);
  });
});
