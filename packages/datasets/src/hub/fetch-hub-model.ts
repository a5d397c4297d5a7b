import { join } from 'node:path';

import { exists } from '@ramble/node';

import type { DownloadOptions } from '../download/download-file.js';
import { RefusedError } from '../download/fetch-from.js';
import type { WaitOptions } from '../lock/with-lock.js';
import { chooseFiles } from './choose-files.js';
import { type CachedModel, fromCache } from './from-cache.js';
import { getFiles } from './get-files.js';
import { type HubCache, hubCache, isCommit } from './hub-cache.js';
import type { HubEnvironment } from './hub-environment.js';
import { hubError } from './hub-error.js';
import { type HubName, isSafePath, shownHubName } from './hub-name.js';
import { hubToken } from './hub-token.js';
import { type HubFile, type HubRepository, readRepository } from './read-repository.js';
import { readWeightFiles } from './weight-files.js';

export interface HubModelOptions extends DownloadOptions, WaitOptions {
  readonly hub: HubEnvironment;
  /** Names of the files of a tokenizer that are fetched, where the repository has them. */
  readonly companions?: readonly string[];
  /** The SHA-256 that the file of weights must have. */
  readonly sha256?: string;
  /** Told why files of the cache are used although the Hub was not asked. */
  readonly onNote?: (note: string) => void;
}

/** A model of the Hub on disk. */
export interface HubModel {
  /** The folder of its commit in the user's cache of the Hub, or a GGUF file in it. */
  readonly path: string;
  readonly commit: string;
  readonly licence?: string;
  /** SHA-256 of the weights, where they are one file of large storage. */
  readonly sha256?: string;
}

/**
 * Gets a model from the user's cache of the Hub; what is missing there is downloaded into it, in the
 * layout of Python's huggingface_hub, so that both find it. Every file is verified by the checksum that
 * the Hub says, or by that in the name of its content in the cache. Nothing that is fetched is run.
 *
 * @throws Error as one sentence that says what to do.
 */
export async function fetchHubModel(name: HubName, options: HubModelOptions): Promise<HubModel> {
  const { hub, companions = [], sha256: expected } = options;
  const cache = hubCache(hub.cacheFolder, name.repository);
  try {
    const repository = await askHub(name, cache, options);
    const { commit, chosen, sha256 } = repository
      ? await fromHub(name, cache, repository, options)
      : await fromCache(name, cache, { hub, companions });
    checkPin(name, expected, { commit, sha256 });
    const file = name.file === undefined ? undefined : chosen.weights;
    const licence = repository?.licence;
    return {
      path: join(cache.snapshot(commit), ...(file === undefined ? [] : [file])),
      commit,
      ...(licence !== undefined && { licence }),
      ...(sha256 !== undefined && { sha256 }),
    };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw hubError(name, error, { url: hub.url, hasToken: (await hubToken(hub)) !== '' });
  }
}

/** @returns undefined where the Hub must not or cannot be asked and the cache may have the model. */
async function askHub(
  name: HubName,
  cache: HubCache,
  { hub, onNote, ...options }: HubModelOptions,
): Promise<HubRepository | undefined> {
  if (hub.isOffline) return undefined;
  try {
    return await readRepository(name, hub.url, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof RefusedError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (await exists(join(cache.folder, 'snapshots'))) {
      onNote?.(`${reason}; looking in ${hub.cacheFolder}`);
      return undefined;
    }
    const advice = 'check the network, HTTPS_PROXY and HF_ENDPOINT';
    throw new Error(`${reason}; ${advice}`, { cause: error });
  }
}

async function fromHub(
  name: HubName,
  cache: HubCache,
  repository: HubRepository,
  { hub, companions = [], sha256: expected, ...options }: HubModelOptions,
): Promise<CachedModel> {
  const { commit } = repository;
  const shown = shownHubName(name);
  const files = new Map(repository.files.map((file) => [file.path, file]));
  const fileOf = (path: string): HubFile => {
    const file = files.get(path);
    if (file && isSafePath(path)) return file;
    throw new Error(`${shown}: expected ${path} in the repository, got none`);
  };
  const chosen = chooseFiles(name.repository, [...files.keys()], { file: name.file, companions });
  const weights = chosen.weights === undefined ? undefined : fileOf(chosen.weights);
  const sha256 = weights?.checksum.sha256;
  checkPin(name, expected, { commit, sha256 }); // before anything is downloaded
  const url = `${hub.url}/${name.repository}/resolve/${commit}`;
  const get = (wanted: readonly HubFile[]): Promise<void> =>
    getFiles(cache, commit, wanted, { ...options, name: shown, url });
  await get(chosen.small.map(fileOf));
  const at = (path: string): string => join(cache.snapshot(commit), path);
  await get(weights ? [weights] : (await readWeightFiles(shown, at)).map(fileOf));
  if (!isCommit(name.revision) && (await cache.commitOf(name.revision)) !== commit) {
    await cache.keepCommit(name.revision, commit); // now that all of it is there
  }
  return { commit, chosen, ...(sha256 !== undefined && { sha256 }) };
}

function checkPin(
  name: HubName,
  expected: string | undefined,
  { commit, sha256 = 'none' }: { readonly commit: string; readonly sha256?: string },
): void {
  if (expected === undefined || expected === sha256) return;
  throw new Error(`${shownHubName(name)}: expected sha256 ${expected} at ${commit}, got ${sha256}`);
}
