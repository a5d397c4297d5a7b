import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fetchModel, type ModelFiles } from './fetch-model.js';
import { getModel } from './get-model.js';
import { listModels, type PublishedModel } from './models.js';

const WEIGHTS = Buffer.alloc(300_000, 'w');
const SHA256 = createHash('sha256').update(WEIGHTS).digest('hex');
const CONFIG = JSON.stringify({ vocab_size: 7, n_layer: 2 });
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${SHA256}\nsize ${WEIGHTS.length}\n`;
const MODEL: PublishedModel = {
  name: 'whale',
  description: 'a whale',
  licence: 'MIT',
  repository: 'melville/whale',
  revision: '0123456789abcdef',
  sha256: SHA256,
  config: { vocab_size: 7, n_layer: 2 },
};
const AT = '/melville/whale';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let cacheFolder: string;
let server: Server;
let hub: string;
let requests: string[];
let answers: Record<string, Answer>;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'ramble-model-'));
  requests = [];
  answers = {
    [`${AT}/resolve/0123456789abcdef/config.json`]: text(CONFIG),
    [`${AT}/raw/0123456789abcdef/model.safetensors`]: text(POINTER),
    // The Hub sends the big ones elsewhere.
    [`${AT}/resolve/0123456789abcdef/model.safetensors`]: (_, response) =>
      response.writeHead(302, { location: '/blob' }).end(),
    '/blob': range(),
  };
  server = createServer((request, response) => {
    const url = request.url ?? '';
    requests.push(url);
    (answers[url] ?? ((_, missing) => missing.writeHead(404).end()))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a server on a port has no path
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cacheFolder, { recursive: true });
});

function text(body: string): Answer {
  return (_, response) => void response.end(body);
}
/** Sends what is asked for, or the first bytes of it and breaks the connection. */
function range(most = Infinity): Answer {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);
    response.writeHead(206, {
      'content-range': `bytes ${start}-${WEIGHTS.length - 1}/${WEIGHTS.length}`,
      'content-length': WEIGHTS.length - start,
    });
    const sent = WEIGHTS.subarray(start, start + most);
    response.write(sent, () =>
      sent.length < WEIGHTS.length - start ? response.destroy() : response.end(),
    );
  };
}
const fetchIt = (changes: Partial<PublishedModel> = {}): Promise<ModelFiles> =>
  fetchModel({ ...MODEL, ...changes }, { cacheFolder, hub, retryDelayMs: 1 });

describe('fetchModel', () => {
  it('makes a folder with the configuration and the weights, once', async () => {
    const { folder, model } = await fetchIt();
    expect(model.licence).toBe('MIT');
    expect(folder).toBe(join(cacheFolder, 'models', 'whale-01234567'));
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe(CONFIG);
    expect(WEIGHTS.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    expect(await readdir(join(cacheFolder, 'downloads'))).toEqual([]);
    const { length } = requests;
    await fetchIt();
    expect(requests).toHaveLength(length);
  });

  it('goes on where a download broke, by itself and in the next call', async () => {
    const breaking = range(50_000);
    let blobs = 0;
    answers['/blob'] = (request, response) =>
      (++blobs < 3
        ? breaking
        : (_: IncomingMessage, refused: ServerResponse) => refused.writeHead(403).end())(
        request,
        response,
      );
    await expect(fetchIt()).rejects.toThrow('403');
    const starts: (string | undefined)[] = [];
    answers['/blob'] = (request, response) => {
      starts.push(request.headers.range);
      range()(request, response);
    };
    const { folder } = await fetchIt();
    expect(starts).toEqual(['bytes=100000-']);
    expect(WEIGHTS.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
  });

  it("believes the Hub where no hash is known, and checks the file against the Hub's", async () => {
    await fetchIt({ sha256: undefined });
    const other = POINTER.replace(
      SHA256,
      SHA256.replace(/^./, (c) => (c === '0' ? '1' : '0')),
    );
    answers[`${AT}/raw/0123456789abcdef/model.safetensors`] = text(other);
    await expect(fetchIt({ sha256: undefined, name: 'other' })).rejects.toThrow(
      /^other: expected sha256 [\da-f]{64} from http.*, got [\da-f]{64}; removed it$/,
    );
  });

  it('refuses a file with another hash than the known one, before it is downloaded', async () => {
    await expect(fetchIt({ sha256: '00ff' })).rejects.toThrow(
      new Error(`whale: expected sha256 00ff at 0123456789abcdef, got ${SHA256}`),
    );
    expect(requests).not.toContain('/blob');
  });

  it.each([
    ['{"vocab_size":8,"n_layer":2}', 'whale: expected config.json with vocab_size 7, got 8'],
    ['{"vocab_size":7}', 'whale: expected config.json with n_layer 2, got nothing'],
    ['null', 'whale: expected config.json with vocab_size 7, got nothing'],
    ['<html>', 'whale: expected JSON in config.json, got other text'],
  ])('refuses the configuration %s', async (config, message) => {
    answers[`${AT}/resolve/0123456789abcdef/config.json`] = text(config);
    await expect(fetchIt()).rejects.toHaveProperty('message', message);
  });

  it('refuses what is no pointer, or is not small', async () => {
    answers[`${AT}/raw/0123456789abcdef/model.safetensors`] = text('<html>');
    await expect(fetchIt()).rejects.toThrow(
      new Error('whale: expected a Git LFS pointer, got "<html>"'),
    );
    answers[`${AT}/raw/0123456789abcdef/model.safetensors`] = text('x'.repeat(2 ** 20 + 1));
    await expect(fetchIt()).rejects.toThrow(
      /^whale: expected a small file from .*, got a larger one$/,
    );
  });
});

describe('getModel', () => {
  it('asks the mirror that the environment names', async () => {
    const environment = { HF_ENDPOINT: `${hub}/`, RAMBLE_CACHE: cacheFolder };
    await expect(getModel('gpt2-xl', { environment })).rejects.toThrow('404');
    expect(requests).toEqual([
      '/openai-community/gpt2-xl/resolve/15ea56dee5df4983c59b2538573817e1667135e2/config.json',
    ]);
  });

  it('names what there is when there is no such model', async () => {
    await expect(getModel('gpt3')).rejects.toThrow(
      new RangeError('model: expected one of gpt2, gpt2-medium, gpt2-large, gpt2-xl, got gpt3'),
    );
  });
});

describe('listModels', () => {
  it('names each by a commit, and by a hash where one is known', () => {
    for (const { licence, revision, sha256 } of listModels()) {
      expect([licence, revision.length]).toEqual(['MIT', 40]);
      expect(sha256 ?? '0'.repeat(64)).toMatch(/^[\da-f]{64}$/);
    }
  });
});
