import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { makeFolder } from '@ramble/node';

import { checkSpace } from '../download/check-space.js';
import { downloadFile, type DownloadOptions } from '../download/download-file.js';
import { type WaitOptions, withLock } from '../lock/with-lock.js';
import { isIntact } from '../download/is-intact.js';
import type { HubCache } from './hub-cache.js';
import type { HubFile } from './read-repository.js';

export interface GetFilesOptions extends DownloadOptions, WaitOptions {
  /** The model, as error messages name it. */
  readonly name: string;
  /** URL of the files of the commit, to which paths are added. */
  readonly url: string;
}

/** Downloads and links the files of a commit that are not in the cache, or are damaged there. */
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

/** What earlier calls that were stopped have left. */
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
