import { readdir, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

import { errorCode, makeFolder, writeWhole } from '@ramble/node';

import {
  checkSpace,
  type Checksum,
  downloadFile,
  type DownloadOptions,
  isIntact,
} from '../download/download-file.js';
import { type WaitOptions, withLock } from '../cache/cache-folder.js';
import type { HubFile } from './hub-api.js';
import type { HubVersion } from './hub-environment.js';

/** A repository in the user's cache of the Hub, in the layout of Python's huggingface_hub. */
export interface HubCache {
  /** Folder of the repository: `models--owner--name`, `datasets--owner--name`. */
  readonly folder: string;
  /** Path of the lock for ramble's processes that download from the repository. */
  readonly lock: string;
  /** Returns the commit of a branch or tag at the last download; `undefined` if it is not cached. */
  commitOf(revision: string): Promise<string | undefined>;
  /** Records the commit of a branch or tag; called once all files of the commit exist. */
  keepCommit(revision: string, commit: string): Promise<void>;
  /** Returns the folder of a commit, with a link to each of its files. */
  snapshot(commit: string): string;
  /** Lists the paths of the cached files of a commit. */
  list(commit: string): Promise<string[]>;
  /** Returns the path of the content (blob) with a checksum. */
  blob(checksum: Checksum): string;
  /** Makes the file of a commit a link to the content with a checksum. */
  link(commit: string, path: string, checksum: Checksum): Promise<void>;
}

/**
 * Opens the cache of a repository, which need not exist.
 *
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export function hubCache(
  cacheFolder: string,
  { kind, repository }: Pick<HubVersion, 'kind' | 'repository'>,
): HubCache {
  const directory = `${kind}--${repository.replaceAll('/', '--')}`;
  const folder = join(cacheFolder, directory);
  const snapshot = (commit: string): string => join(folder, 'snapshots', commit);
  const blob = ({ sha256, gitSha1 }: Checksum): string => join(folder, 'blobs', sha256 ?? gitSha1);
  const commitOf = async (revision: string): Promise<string | undefined> => {
    const text = await readFile(join(folder, 'refs', revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  };
  return {
    folder,
    lock: join(cacheFolder, '.locks', directory, 'ramble.lock'),
    snapshot,
    blob,
    commitOf,
    keepCommit: async (revision, commit) => {
      if (isCommit(revision) || (await commitOf(revision)) === commit) return;
      await writeWhole(join(folder, 'refs', revision), async (handle) => {
        await handle.writeFile(commit);
      });
    },
    list: async (commit) => {
      const root = snapshot(commit);
      const found = await readdir(root, { recursive: true }).catch(() => []);
      return found.map((path) => path.split(sep).join('/')).sort();
    },
    link: async (commit, path, checksum) => {
      const at = join(snapshot(commit), path);
      await makeFolder(dirname(at));
      await rm(at, { force: true });
      await linkTo(blob(checksum), at);
    },
  };
}

/** Whether a revision is a commit, whose content never changes. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/**
 * Links a blob to a path. If links are not allowed, as on Windows, moves the file instead, as huggingface_hub
 * does.
 */
async function linkTo(blob: string, at: string): Promise<void> {
  try {
    await symlink(relative(dirname(at), blob), at);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error;
    await rename(blob, at);
  }
}

/**
 * Returns the checksum in the name of a file's content, if the file is a link into the blobs.
 *
 * @returns undefined for a file that is not such a link, as on Windows.
 */
export async function namedChecksum(path: string): Promise<Checksum | undefined> {
  const name = basename(await realpath(path));
  if (/^[0-9a-f]{64}$/.test(name)) return { sha256: name };
  return /^[0-9a-f]{40}$/.test(name) ? { gitSha1: name } : undefined;
}

/**
 * Returns advice for a user whose cache lacks files.
 *
 * @param isOffline - Whether requests are forbidden; otherwise the Hub cannot be reached.
 */
export function cacheAdvice(isOffline: boolean): string {
  return isOffline
    ? 'unset HF_HUB_OFFLINE to download it'
    : 'run this again where the Hub can be reached';
}

/**
 * Verifies a cached file by the checksum in the name of its content.
 *
 * @throws Error if the file is damaged.
 */
export async function checkCached(path: string, advice: string): Promise<void> {
  const checksum = await namedChecksum(path).catch(() => undefined); // a dangling link
  if (checksum === undefined || (await isIntact(path, checksum))) return;
  throw new Error(`${path}: expected an intact file, got a damaged one; ${advice}`);
}

export interface GetFilesOptions extends DownloadOptions, WaitOptions {
  /** Name of the repository in error messages. */
  readonly name: string;
  /** URL of the files of the commit, to which paths are added. */
  readonly url: string;
}

/** Downloads the given files of a commit that are missing or damaged in the cache, and links them. */
export async function getFiles(
  cache: HubCache,
  commit: string,
  files: readonly HubFile[],
  options: GetFilesOptions,
): Promise<void> {
  const missing: HubFile[] = [];
  for (const file of files) {
    const isThere = await isIntact(join(cache.snapshot(commit), file.path), file.checksum);
    if (!isThere) missing.push(file);
  }
  if (missing.length === 0) return;
  const { name, signal, onWait } = options;
  const totalBytes = missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  await makeFolder(join(cache.folder, 'blobs'));
  await makeFolder(dirname(cache.lock));
  const neededBytes = totalBytes - (await arrivedBytes(cache, missing));
  await checkSpace(name, cache.folder, neededBytes, 'set HF_HUB_CACHE to a folder on another disk');
  await withLock(name, cache.lock, { signal, onWait }, async () => {
    let doneBytes = 0;
    for (const file of missing) {
      const before = doneBytes;
      const onProgress: DownloadOptions['onProgress'] = (progress) =>
        options.onProgress?.({ doneBytes: before + progress.doneBytes, totalBytes });
      await getFile(cache, commit, file, { ...options, onProgress });
      doneBytes += file.sizeBytes;
    }
  });
}

/** Returns the number of bytes that earlier, interrupted calls have downloaded. */
async function arrivedBytes(cache: HubCache, files: readonly HubFile[]): Promise<number> {
  let sum = 0;
  for (const { checksum } of files) {
    const found = await stat(`${cache.blob(checksum)}.incomplete`).catch(() => undefined);
    sum += found?.size ?? 0;
  }
  return sum;
}

async function getFile(
  cache: HubCache,
  commit: string,
  { path, sizeBytes, checksum }: HubFile,
  options: GetFilesOptions,
): Promise<void> {
  const blob = cache.blob(checksum);
  if (!(await isIntact(blob, checksum))) {
    await rm(blob, { force: true });
    const url = `${options.url}/${path.split('/').map(encodeURIComponent).join('/')}`;
    await downloadFile({ name: options.name, url, sizeBytes, ...checksum }, blob, options);
  }
  await cache.link(commit, path, checksum);
}
