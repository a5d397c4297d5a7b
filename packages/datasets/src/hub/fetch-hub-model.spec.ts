import { lstat, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  gitSha1,
  HUB_TOKEN,
  hubCommit,
  type HubModelFiles,
  type HubServer,
  mountSmallDisk,
  sha256Of,
  startHub,
} from '@ramble/node/testing';

import type { Progress } from '../download/download-file.js';
import { environmentFetch, hubEnvironment, parseHubName } from './hub-environment.js';
import { fetchHubModel, type HubModel } from './fetch-hub-model.js';

const WEIGHTS = Buffer.alloc(300_000, 'weights of a whale, ');
const SHARDS = ['first', 'second'].map((word) => Buffer.alloc(1000, word));
const WHALE: HubModelFiles = {
  licence: 'mit',
  files: {
    'README.md': '# Whale',
    'config.json': '{"model_type":"llama"}',
    'generation_config.json': '{"eos_token_id":2}',
    'model.safetensors': WEIGHTS,
    'pytorch_model.bin': WEIGHTS,
    'modeling_whale.py': 'raise SystemExit',
    'tokenizer.json': '{"é":1}',
    'onnx/model.onnx': 'no',
  },
};
const SHARDED: HubModelFiles = {
  files: {
    'config.json': '{}',
    'model.safetensors.index.json': JSON.stringify({
      weight_map: {
        a: 'model-00001-of-00002.safetensors',
        b: 'model-00002-of-00002.safetensors',
        c: 'model-00001-of-00002.safetensors',
      },
    }),
    'model-00001-of-00002.safetensors': SHARDS[0],
    'model-00002-of-00002.safetensors': SHARDS[1],
    'consolidated.safetensors': WEIGHTS,
  },
};
const index = (weight_map: unknown): HubModelFiles => ({
  files: { 'config.json': '{}', 'model.safetensors.index.json': JSON.stringify({ weight_map }) },
});
const MODELS: Record<string, HubModelFiles> = {
  'melville/whale': WHALE,
  'melville/gated': { ...WHALE, gate: 'accepted' },
  'melville/closed': { ...WHALE, gate: 'closed' },
  'melville/private': { ...WHALE, isPrivate: true },
  'melville/shards': SHARDED,
  'melville/lost-shard': index({ a: 'model-1.safetensors' }),
  'melville/outside': index({ a: '../../../../x.safetensors' }),
  'melville/listless': index(7),
  'melville/pickle': { files: { 'config.json': '{}', 'pytorch_model.bin': WEIGHTS } },
  'melville/data': { files: { 'data.csv': '1' } },
  'melville/empty': { files: {} },
  'melville/gguf': {
    files: { 'W.Q4_0.gguf': WEIGHTS, 'W.Q8_0.gguf': SHARDS[0], 'big/W-IQ4_0.gguf': SHARDS[1] },
  },
};

let home: string;
let hub: HubServer;
let offline: string | undefined;
let notes: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ramble-hub-'));
  hub = await startHub(MODELS);
  notes = [];
  offline = undefined;
});
afterEach(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

interface Changes {
  readonly token?: string;
  readonly sha256?: string;
  readonly cache?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}
function get(
  word: string,
  { token = '', cache = join(home, 'hub'), ...rest }: Changes = {},
): Promise<HubModel> {
  const environment = {
    HF_ENDPOINT: hub.url,
    HF_HOME: home,
    HF_HUB_CACHE: cache,
    HF_TOKEN: token,
    HF_HUB_OFFLINE: offline,
  };
  return fetchHubModel(parseHubName(word)!, {
    hub: hubEnvironment(environment),
    fetch: environmentFetch(environment),
    companions: ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'],
    retryDelayMs: 1,
    onNote: (note) => notes.push(note),
    ...rest,
  });
}
const messageOf = (fetched: Promise<unknown>): Promise<string> =>
  fetched.then(
    () => 'no error',
    (error: unknown) =>
      (error as Error).message.replaceAll(hub.url, 'HUB').replaceAll(home, 'HOME'),
  );
const repository = (name: string): string => join(home, 'hub', `models--melville--${name}`);

describe('fetchHubModel', () => {
  it('downloads only the files that an import reads, in the layout of huggingface_hub', async () => {
    const commit = hubCommit(WHALE);
    const progress: Progress[] = [];
    const model = await get('melville/whale', { onProgress: (each) => progress.push(each) });
    const snapshot = join(repository('whale'), 'snapshots', commit);
    const sha256 = sha256Of(WEIGHTS);
    expect(model).toEqual({ path: snapshot, commit, licence: 'mit', sha256 });
    const at = `/melville/whale/resolve/${commit}`;
    expect(hub.requests).toEqual([
      'GET /api/models/melville/whale/revision/main?blobs=true bytes=0-',
      `GET ${at}/config.json bytes=0-`,
      `GET ${at}/generation_config.json bytes=0-`,
      `GET ${at}/tokenizer.json bytes=0-`,
      `GET ${at}/model.safetensors bytes=0-`,
      `GET /blobs/${sha256} bytes=0-`,
    ]);
    expect(await readFile(join(repository('whale'), 'refs/main'), 'utf8')).toBe(commit);
    expect(await readlink(join(snapshot, 'model.safetensors'))).toBe(`../../blobs/${sha256}`);
    expect(await readlink(join(snapshot, 'tokenizer.json'))).toBe(
      `../../blobs/${gitSha1('{"é":1}')}`,
    );
    expect(WEIGHTS.equals(await readFile(join(snapshot, 'model.safetensors')))).toBe(true);
    expect(progress.at(-1)).toEqual({ doneBytes: 300_000, totalBytes: 300_000 });
  });

  it('downloads nothing twice, and sends no request if HF_HUB_OFFLINE forbids it', async () => {
    const first = await get('melville/whale');
    const { length } = hub.requests;
    expect(await get('melville/whale')).toEqual(first);
    expect(hub.requests).toHaveLength(length + 1);
    offline = '1';
    const { licence, ...found } = first;
    expect(licence).toBe('mit');
    expect(await get('melville/whale')).toEqual(found);
    expect(await get(`melville/whale@${first.commit}`)).toEqual(found);
    expect(hub.requests).toHaveLength(length + 1);
    expect(notes).toEqual([]);
  });

  it('uses the files in the cache if the Hub is out of reach, and notes it', async () => {
    const { path } = await get('melville/whale');
    await hub.close();
    expect((await get('melville/whale')).path).toBe(path);
    expect(notes.join().replaceAll(hub.url, 'HUB').replaceAll(home, 'HOME')).toMatch(
      /^melville\/whale: expected an answer from HUB\/api\/models\/melville\/whale\/revision\/main\?blobs=true, got \w+; looking in HOME\/hub$/,
    );
    expect(await messageOf(get('melville/shards'))).toBe(
      'melville/shards: expected an answer from HUB/api/models/melville/shards/revision/main?blobs=true, got ECONNREFUSED; check the network, HTTPS_PROXY and HF_ENDPOINT',
    );
    hub = await startHub(MODELS);
  });

  it('reuses contents that another commit has', async () => {
    await mkdir(join(repository('whale'), 'blobs'), { recursive: true });
    await writeFile(join(repository('whale'), 'blobs', sha256Of(WEIGHTS)), WEIGHTS);
    await get('melville/whale');
    expect(hub.requests.filter((each) => each.includes('model.safetensors'))).toEqual([]);
  });

  it('gets all files of weights that the list names', async () => {
    const { path, sha256 } = await get('melville/shards');
    expect(sha256).toBeUndefined();
    for (const [i, shard] of SHARDS.entries()) {
      const file = await readFile(join(path, `model-0000${i + 1}-of-00002.safetensors`));
      expect(shard.equals(file)).toBe(true);
    }
    expect(hub.requests.some((each) => each.includes('consolidated'))).toBe(false);
    offline = '1';
    expect((await get('melville/shards')).path).toBe(path);
  });

  it.each([
    ['melville/gguf:W.Q8_0.gguf', 'W.Q8_0.gguf'],
    ['melville/gguf:q8_0', 'W.Q8_0.gguf'],
    ['melville/gguf:Q4_0', 'W.Q4_0.gguf'],
    ['melville/gguf:big/W-IQ4_0.gguf', 'big/W-IQ4_0.gguf'],
  ])('gets one GGUF file for %s', async (word, file) => {
    const { path, commit } = await get(word);
    expect(path).toBe(join(repository('gguf'), 'snapshots', commit, file));
    expect(hub.requests).toHaveLength(3); // the list, the link, the file
    offline = 'yes';
    expect((await get(word)).path).toBe(path);
  });

  it('sends the token, of the environment or of the file of hf auth login', async () => {
    await get('melville/private', { token: HUB_TOKEN });
    await get('melville/gated', { token: ` ${HUB_TOKEN}\n` });
    await rm(join(home, 'hub'), { recursive: true });
    await writeFile(join(home, 'token'), `${HUB_TOKEN}\n`);
    await get('melville/private');
  });

  it.each([
    [
      'melville/wale',
      '',
      'melville/wale: expected a model on HUB, got none; check the name, and set HF_TOKEN if the model is private',
    ],
    [
      'melville/wale',
      HUB_TOKEN,
      'melville/wale: expected a model on HUB, got none; check the name, and that the token may read it',
    ],
    [
      'melville/whale@v2',
      '',
      'melville/whale@v2: expected a branch, a tag or a commit named v2, got none; see HUB/melville/whale/tree/main',
    ],
    [
      'melville/gated',
      '',
      'melville/gated: the model is gated and needs a token; accept its terms at HUB/melville/gated, then set HF_TOKEN',
    ],
    [
      'melville/closed',
      HUB_TOKEN,
      'melville/closed: expected a model that the owner of the token may read, got a gated one; accept its terms at HUB/melville/closed, and check that the token may read gated models',
    ],
    [
      'melville/whale',
      'hf_wrong',
      'melville/whale: expected a token that HUB knows, got another; make a new one and set HF_TOKEN',
    ],
    ['melville/whale', 'hf_é', 'HF_TOKEN: expected a token such as hf_…, got other text'],
    [
      'melville/pickle',
      '',
      'melville/pickle: expected config.json and model.safetensors in the repository, got pytorch_model.bin, which may hold programs and is never read; find a repository of this model with safetensors',
    ],
    [
      'melville/gguf',
      '',
      'melville/gguf: expected config.json and model.safetensors in the repository, got GGUF files; name one: melville/gguf:W.Q4_0.gguf (or W.Q8_0.gguf, big/W-IQ4_0.gguf)',
    ],
    [
      'melville/gguf:Q5_K',
      '',
      'melville/gguf: expected one GGUF file for Q5_K, got W.Q4_0.gguf, W.Q8_0.gguf, big/W-IQ4_0.gguf',
    ],
    [
      'melville/whale:Q8_0',
      '',
      'melville/whale: expected one GGUF file for Q8_0, got no GGUF files',
    ],
    [
      'melville/data',
      '',
      'melville/data: expected config.json and model.safetensors in the repository, got data.csv',
    ],
    [
      'melville/empty',
      '',
      'melville/empty: expected config.json and model.safetensors in the repository, got no files',
    ],
    [
      'melville/lost-shard',
      '',
      'melville/lost-shard: expected model-1.safetensors in the repository, got none',
    ],
    [
      'melville/outside',
      '',
      'melville/outside: expected ../../../../x.safetensors in the repository, got none',
    ],
    [
      'melville/listless',
      '',
      'melville/listless: expected a list of weights in model.safetensors.index.json, got none',
    ],
  ])('gives advice on %s with the token "%s"', async (word, token, message) => {
    expect(await messageOf(get(word, { token }))).toBe(message);
  });

  it('leaves nothing of a model whose terms were not accepted but an empty file', async () => {
    await messageOf(get('melville/gated'));
    offline = '1';
    expect(await messageOf(get('melville/gated'))).toBe(
      'melville/gated: expected the model in HOME/hub, got none; unset HF_HUB_OFFLINE to download it',
    );
  });

  it('continues an interrupted download', async () => {
    hub.breakAfterBytes = 50_000;
    const stop = new AbortController();
    const interrupted = get('melville/whale', {
      signal: stop.signal,
      onProgress: ({ doneBytes }) => doneBytes >= 100_000 && stop.abort(new Error('stopped')),
    });
    expect(await messageOf(interrupted)).toBe('stopped');
    offline = '1';
    expect(await messageOf(get('melville/whale'))).toBe(
      'melville/whale: expected the model in HOME/hub, got none; unset HF_HUB_OFFLINE to download it',
    );
    offline = undefined;
    hub.breakAfterBytes = undefined;
    const { length } = hub.requests;
    const { path } = await get('melville/whale');
    const [start] = hub.requests.slice(length).filter((each) => each.includes('/blobs/'));
    expect(Number(/bytes=(\d+)-$/.exec(start)?.[1])).toBeGreaterThanOrEqual(100_000);
    expect(WEIGHTS.equals(await readFile(join(path, 'model.safetensors')))).toBe(true);
  });

  it('refuses a file whose checksum differs, and keeps nothing of it', async () => {
    hub.tamper = (content) => Buffer.from(content).fill('x', 9, 10);
    const sha256 = sha256Of(WEIGHTS);
    const commit = hubCommit(WHALE);
    expect(await messageOf(get('melville/whale'))).toMatch(
      new RegExp(
        `^melville/whale: expected sha256 ${sha256} from HUB/melville/whale/resolve/${commit}/model.safetensors, got [0-9a-f]{64}; removed it$`,
      ),
    );
    hub.tamper = undefined;
    await get('melville/whale');
  });

  it("refuses weights that differ from a known name's, before they are downloaded", async () => {
    expect(await messageOf(get('melville/whale', { sha256: '00ff' }))).toBe(
      `melville/whale: expected sha256 00ff at ${hubCommit(WHALE)}, got ${sha256Of(WEIGHTS)}`,
    );
    expect(hub.requests).toHaveLength(1);
    await get('melville/whale');
    offline = '1';
    expect(await messageOf(get('melville/whale', { sha256: '00ff' }))).toBe(
      `melville/whale: expected sha256 00ff at ${hubCommit(WHALE)}, got ${sha256Of(WEIGHTS)}`,
    );
  });

  it('replaces a damaged file of the cache, or reports it', async () => {
    const { path } = await get('melville/whale');
    const blob = join(repository('whale'), 'blobs', sha256Of(WEIGHTS));
    await writeFile(blob, 'damaged');
    offline = '1';
    expect(await messageOf(get('melville/whale'))).toBe(
      `${path.replace(home, 'HOME')}/model.safetensors: expected an intact file, got a damaged one; unset HF_HUB_OFFLINE to download it`,
    );
    offline = undefined;
    await get('melville/whale');
    expect(WEIGHTS.equals(await readFile(blob))).toBe(true);
    expect((await lstat(join(path, 'model.safetensors'))).isSymbolicLink()).toBe(true);
  });

  it('names the missing files of a model that Python downloaded in part', async () => {
    const { path } = await get('melville/whale');
    await rm(join(path, 'model.safetensors'));
    offline = '1';
    expect(await messageOf(get('melville/whale'))).toBe(
      'melville/whale: expected config.json and model.safetensors in HOME/hub, got config.json, generation_config.json, tokenizer.json',
    );
    const shards = await (async () => {
      offline = undefined;
      return get('melville/shards');
    })();
    await rm(join(shards.path, 'model-00002-of-00002.safetensors'));
    offline = '1';
    expect(await messageOf(get('melville/shards'))).toBe(
      'melville/shards: expected model-00002-of-00002.safetensors in HOME/hub, got none; unset HF_HUB_OFFLINE to download it',
    );
  });

  it('downloads once if several processes request a model', async () => {
    const paths = await Promise.all(['whale', 'whale'].map((name) => get(`melville/${name}`)));
    expect(paths[0]).toEqual(paths[1]);
    expect(hub.requests.filter((each) => each.includes('/blobs/'))).toHaveLength(1);
  });
});

describe('fetchHubModel on a full disk', () => {
  const disk = mountSmallDisk();
  afterAll(() => disk?.unmount());
  (disk ? it : it.skip)('says how much room it needs, before it downloads', async () => {
    const big = { files: { 'config.json': '{}', 'model.safetensors': Buffer.alloc(2_000_000) } };
    await hub.close();
    hub = await startHub({ 'melville/big': big });
    const { folder } = disk!;
    const message = await messageOf(get('melville/big', { cache: folder }));
    expect(message.replaceAll(folder, 'DISK')).toMatch(
      /^melville\/big: expected 2 MB of free space in DISK\/models--melville--big, got [12] MB; set HF_HUB_CACHE to a folder on another disk$/,
    );
    expect(hub.requests.filter((each) => each.includes('/blobs/'))).toEqual([]);
  });
});
