import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { fetchModel } from './fetch-model.js';
import { findSnapshot, hubCacheFolder } from './find-snapshot.js';
import type { PublishedModel } from './models.js';

const WEIGHTS = 'weights of a whale';
const SHA256 = createHash('sha256').update(WEIGHTS).digest('hex');
const MODEL: PublishedModel = {
  name: 'whale',
  description: 'a whale',
  licence: 'MIT',
  repository: 'melville/whale',
  revision: '0123456789abcdef',
  sha256: SHA256,
  config: { vocab_size: 7 },
};

let hubCache: string;
let snapshot: string;
/** The layout of huggingface_hub: blobs by their hashes, and links to them. */
beforeEach(async () => {
  hubCache = await mkdtemp(join(tmpdir(), 'ramble-hub-'));
  const repository = join(hubCache, 'models--melville--whale');
  snapshot = join(repository, 'snapshots', MODEL.revision);
  await mkdir(join(repository, 'blobs'), { recursive: true });
  await mkdir(snapshot, { recursive: true });
  await writeFile(join(repository, 'blobs', SHA256), WEIGHTS);
  await writeFile(join(repository, 'blobs', 'c0ffee'), '{"vocab_size":7}');
  await symlink(join('..', '..', 'blobs', SHA256), join(snapshot, 'model.safetensors'));
  await symlink(join('..', '..', 'blobs', 'c0ffee'), join(snapshot, 'config.json'));
});
afterEach(() => rm(hubCache, { recursive: true }));

describe("the user's cache of the Hub", () => {
  it('has the pinned commit, which needs no network then', async () => {
    const refuse = (): Promise<Response> => Promise.reject(new Error('offline'));
    const cacheFolder = join(hubCache, 'own');
    const options = { cacheFolder, hub: 'http://127.0.0.1:9', hubCache, fetch: refuse };
    expect((await fetchModel(MODEL, options)).folder).toBe(snapshot);
    expect(await findSnapshot({ ...MODEL, sha256: undefined }, hubCache)).toBe(snapshot);
  });

  it('does not count where it is another commit, other weights or another model', async () => {
    expect(await findSnapshot({ ...MODEL, revision: 'fedcba' }, hubCache)).toBeUndefined();
    expect(await findSnapshot({ ...MODEL, config: { vocab_size: 8 } }, hubCache)).toBeUndefined();
    await writeFile(join(snapshot, 'model.safetensors'), 'changed');
    expect(await findSnapshot(MODEL, hubCache)).toBeUndefined();
    expect(await findSnapshot({ ...MODEL, sha256: undefined }, hubCache)).toBeUndefined();
  });

  it('is where huggingface_hub has it', () => {
    expect(hubCacheFolder({ HF_HUB_CACHE: '/a', HF_HOME: '/b' })).toBe('/a');
    expect(hubCacheFolder({ HF_HOME: '/b' })).toBe(join('/b', 'hub'));
    expect(hubCacheFolder({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'huggingface', 'hub'));
    expect(hubCacheFolder({ XDG_CACHE_HOME: '' })).toBe(hubCacheFolder({}));
    expect(hubCacheFolder({})).toBe(join(homedir(), '.cache', 'huggingface', 'hub'));
  });
});
