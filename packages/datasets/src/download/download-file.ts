import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { errorCode, exists, fileError, makeFolder, readBytes } from '@ramble/node';

import { fetchFrom, type FetchOptions, RefusedError } from './fetch-from.js';

export type Download = Checksum & {
  /** Name for error messages. */
  readonly name: string;
  readonly url: string;
  readonly sizeBytes: number;
};

export interface DownloadOptions extends FetchOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds before the second attempt, 1000 by default; the wait doubles with each further attempt. */
  readonly retryDelayMs?: number;
}

/** Maximum number of consecutive attempts without progress. */
const MAX_FAILURES = 5;

/**
 * Downloads a file to `PATH.incomplete`, resumes an interrupted download, verifies the file and renames it
 * into place. Does nothing if the file exists.
 *
 * @throws Error if the server refuses, does not answer, or sends other content. Downloaded bytes are kept for
 *   the next call, unless their checksum is wrong.
 */
export async function downloadFile(
  download: Download,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  if (await exists(path)) return;
  const partial = `${path}.incomplete`;
  try {
    await makeFolder(dirname(path));
    const handle = await open(partial, constants.O_RDWR | constants.O_CREAT);
    try {
      const { size } = await handle.stat();
      await receive(download, handle, options);
      let got = await checksumOf(download, handle);
      if (size > 0 && !equalChecksums(got, download)) {
        // The partial file belonged to other content.
        await handle.truncate(0);
        await receive(download, handle, options);
        got = await checksumOf(download, handle);
      }
      await handle.sync();
      if (!equalChecksums(got, download)) throw await removeWrong(download, got, partial);
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  } catch (error) {
    throw fileError(partial, error);
  }
}

/**
 * Downloads the missing end of the file, in several attempts if necessary. Bytes are written at their offset,
 * not appended, so two processes may download the same file.
 */
async function receive(
  { name, url, sizeBytes }: Download,
  handle: FileHandle,
  { onProgress, retryDelayMs = 1000, ...fetchOptions }: DownloadOptions,
): Promise<void> {
  const { size } = await handle.stat();
  let done = size <= sizeBytes ? size : 0;
  let furthest = done;
  let failures = 0;
  while (done < sizeBytes) {
    try {
      for await (const { offset, bytes } of fetchFrom(name, url, done, fetchOptions)) {
        done = offset + bytes.length;
        if (done > sizeBytes) throw new RefusedError(expectedSize('more'));
        await writeAt(handle, bytes, offset);
        onProgress?.({ doneBytes: done, totalBytes: sizeBytes });
      }
      if (done < sizeBytes) throw new Error(expectedSize(String(done)));
    } catch (error) {
      fetchOptions.signal?.throwIfAborted();
      if (error instanceof RefusedError || errorCode(error) !== undefined) throw error;
      failures = done > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, done);
      if (failures === MAX_FAILURES) throw error;
      await pause(retryDelayMs * 2 ** (failures - 1), fetchOptions.signal);
    }
  }
  await handle.truncate(sizeBytes);

  function expectedSize(got: string): string {
    return `${name}: expected ${sizeBytes} bytes from ${url}, got ${got}`;
  }
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, offset + at);
    at += bytesWritten;
  }
}

function checksumOf(download: Download, handle: FileHandle): Promise<Checksum> {
  const content = handle.createReadStream({ start: 0, autoClose: false });
  return checksumLike(download, content, download.sizeBytes);
}

async function removeWrong(download: Download, got: Checksum, partial: string): Promise<Error> {
  await rm(partial, { force: true });
  const { name, url } = download;
  const digest = got.sha256 ?? got.gitSha1;
  return new Error(
    `${name}: expected ${shownChecksum(download)} from ${url}, got ${digest}; removed it`,
  );
}

/**
 * Checks that a disk has enough free space before a download begins.
 *
 * @param folder - A folder on the disk.
 * @param advice - Remedy for too little space, as the end of a sentence.
 * @throws Error with the free space.
 */
export async function checkSpace(
  name: string,
  folder: string,
  neededBytes: number,
  advice: string,
): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  const [needed, free] = [neededBytes, freeBytes].map((bytes) => `${Math.ceil(bytes / 1e6)} MB`);
  throw new Error(`${name}: expected ${needed} of free space in ${folder}, got ${free}; ${advice}`);
}

/** The checksum of a file: its SHA-256, or git's SHA-1 of its content. */
export type Checksum =
  | { readonly sha256: string; readonly gitSha1?: undefined }
  | { readonly gitSha1: string; readonly sha256?: undefined };

/** Formats a checksum for error messages: `sha256 248dfc39…`. */
export function shownChecksum({ sha256, gitSha1 }: Checksum): string {
  return sha256 === undefined ? `git's sha1 ${gitSha1}` : `sha256 ${sha256}`;
}

/**
 * Computes a checksum of content, of the same kind as an expected checksum.
 *
 * @param sizeBytes - Size of the content; git includes it in its hash.
 */
export async function checksumLike(
  expected: Checksum,
  content: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<Checksum> {
  const isSha256 = expected.sha256 !== undefined;
  const hash = createHash(isSha256 ? 'sha256' : 'sha1');
  if (!isSha256) hash.update(`blob ${sizeBytes}\0`);
  for await (const chunk of content) hash.update(chunk);
  const digest = hash.digest('hex');
  return isSha256 ? { sha256: digest } : { gitSha1: digest };
}

/** Whether two checksums are of one kind and equal. */
export function equalChecksums(a: Checksum, b: Checksum): boolean {
  return a.sha256 === b.sha256 && a.gitSha1 === b.gitSha1;
}

/** Whether a file exists and matches its checksum. */
export async function isIntact(path: string, checksum: Checksum): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return false;
  return equalChecksums(await checksumLike(checksum, readBytes(path), found.size), checksum);
}

/** Progress of an operation. */
export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}
