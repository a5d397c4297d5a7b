import { join } from 'node:path';

import type { DownloadOptions } from '../download/download-file.js';
import type { WaitOptions } from '../cache/cache-folder.js';
import { askHub, type AskHubOptions, hubError, type HubFile, type HubRepository } from './hub-api.js'; // prettier-ignore
import {
  cacheAdvice,
  checkCached,
  getFiles,
  type HubCache,
  hubCache,
  isCommit,
  namedChecksum,
} from './hub-cache.js';
import { type HubEnvironment, type HubName, isSafePath } from './hub-environment.js';
import { chooseFiles, type ChosenFiles, readWeightFiles } from './repository-files.js';

export interface HubModelOptions extends DownloadOptions, WaitOptions, AskHubOptions {
  /** Names of a tokenizer's files that are fetched, if the repository has them. */
  readonly companions?: readonly string[];
  /** Required SHA-256 of the file of weights. */
  readonly sha256?: string;
}

/** A model of the Hub on disk. */
export interface HubModel {
  /** The folder of its commit in the user's cache of the Hub, or a GGUF file in it. */
  readonly path: string;
  readonly commit: string;
  readonly licence?: string;
  /** SHA-256 of the weights, if they are a single file in Git LFS or Xet (large storage). */
  readonly sha256?: string;
}

/**
 * Returns a model in the user's cache of the Hub. Missing files are downloaded into it, in the layout of
 * Python's huggingface_hub, so that both programs find them. Every file is verified by the Hub's checksum, or
 * by the checksum in the name of its cached content. No downloaded file is executed.
 *
 * @throws Error with one sentence and advice.
 */
export async function fetchHubModel(name: HubName, options: HubModelOptions): Promise<HubModel> {
  const { hub, companions = [], sha256: expected } = options;
  const cache = hubCache(hub.cacheFolder, name);
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
    throw await hubError(name, error, hub);
  }
}

async function fromHub(
  name: HubName,
  cache: HubCache,
  repository: HubRepository,
  { hub, companions = [], sha256: expected, ...options }: HubModelOptions,
): Promise<CachedModel> {
  const { commit } = repository;
  const { shown } = name;
  const files = new Map(repository.files.map((file) => [file.path, file]));
  const fileOf = (path: string): HubFile => {
    const file = files.get(path);
    if (file && isSafePath(path)) return file;
    throw new Error(`${shown}: expected ${path} in the repository, got none`);
  };
  const chosen = chooseFiles(name.repository, [...files.keys()], { file: name.file, companions });
  const weights = chosen.weights === undefined ? undefined : fileOf(chosen.weights);
  const sha256 = weights?.checksum.sha256;
  checkPin(name, expected, { commit, sha256 }); // checked before anything is downloaded
  const url = `${hub.url}/${name.repository}/resolve/${commit}`;
  const get = (wanted: readonly HubFile[]): Promise<void> =>
    getFiles(cache, commit, wanted, { ...options, name: shown, url });
  await get(chosen.small.map(fileOf));
  const at = (path: string): string => join(cache.snapshot(commit), path);
  await get(weights ? [weights] : (await readWeightFiles(shown, at)).map(fileOf));
  if (!isCommit(name.revision) && (await cache.commitOf(name.revision)) !== commit) {
    await cache.keepCommit(name.revision, commit); // written last, when all files exist
  }
  return { commit, chosen, ...(sha256 !== undefined && { sha256 }) };
}

function checkPin(
  name: HubName,
  expected: string | undefined,
  { commit, sha256 = 'none' }: { readonly commit: string; readonly sha256?: string },
): void {
  if (expected === undefined || expected === sha256) return;
  throw new Error(`${name.shown}: expected sha256 ${expected} at ${commit}, got ${sha256}`);
}

/** Parts of a cached model that an import reads. */
interface CachedModel {
  readonly commit: string;
  readonly chosen: ChosenFiles;
  /** SHA-256 of the weights, if they are one file of large storage. */
  readonly sha256?: string;
}

/**
 * Finds a model in the user's cache without contacting the Hub. Files are verified by the checksums in the
 * names of their contents.
 *
 * @throws Error that names missing or damaged files, with advice.
 */
async function fromCache(
  name: HubName,
  cache: HubCache,
  { hub, companions }: { readonly hub: HubEnvironment; readonly companions: readonly string[] },
): Promise<CachedModel> {
  const { revision, shown } = name;
  const advice = cacheAdvice(hub.isOffline);
  const missing = (what: string): Error =>
    new Error(`${shown}: expected ${what} in ${hub.cacheFolder}, got none; ${advice}`);
  const commit = isCommit(revision) ? revision : await cache.commitOf(revision);
  const paths = commit === undefined ? [] : await cache.list(commit);
  if (commit === undefined || paths.length === 0) throw missing('the model');
  const at = (path: string): string => join(cache.snapshot(commit), path);
  const place = hub.cacheFolder;
  const chosen = chooseFiles(name.repository, paths, { file: name.file, companions, place });
  const weights =
    chosen.weights === undefined ? await readWeightFiles(shown, at) : [chosen.weights];
  for (const path of [...chosen.small, ...weights]) {
    if (!paths.includes(path)) throw missing(path);
    await checkCached(at(path), advice);
  }
  const sha256 =
    chosen.weights === undefined ? undefined : (await namedChecksum(at(chosen.weights)))?.sha256;
  return { commit, chosen, ...(sha256 !== undefined && { sha256 }) };
}
