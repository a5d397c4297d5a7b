import { createHash } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
import {
  appendFile,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rmdir,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';

import type { ByteSink } from '@ramble/core/files';
import { errorCode, fileError, flushFolder, makeFolder, putInPlace, takeAway } from '@ramble/node';

import type { RunStorage, StoredFile } from '../storage/run-storage.js';

const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
/**
 * Flags for opening a file to append to it. They refuse symbolic links, which could lead out of the run's folder, and
 * do not wait for the reader of a pipe.
 */
const APPEND = O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK;

/**
 * Returns the storage of a run in a folder on the disk, which need not exist yet. If this storage created the folder,
 * it removes the folder with the last file, and after a failed write if the folder is empty. No content of a run can
 * make the storage read or write outside that folder.
 *
 * @param folder - Path of the folder. Errors contain it exactly as given.
 */
export function folderStorage(folder: string): RunStorage {
  const nameOf = (path: string): string => (path === '' ? folder : `${folder}/${path}`);
  /** Runs an operation on a path; its errors name the path. */
  async function at<T>(path: string, operate: (full: string) => Promise<T>): Promise<T> {
    try {
      return await operate(await insideFolder(folder, path));
    } catch (error) {
      throw storageError(folder, path, error);
    }
  }
  /** Whether this storage made the folder; `undefined` before the first write. */
  let isMade: Promise<boolean> | undefined;
  const writeAt: typeof at = (path, operate) =>
    at(path, async (full) => {
      isMade ??= exists(folder).then((isThere) => !isThere);
      await isMade;
      try {
        return await operate(full);
      } catch (error) {
        await removeIfEmpty();
        throw error;
      }
    });
  async function removeIfEmpty(): Promise<void> {
    if (await isMade) await rmdir(folder).catch(() => undefined); // unless it is not empty
  }
  return {
    name: folder,
    crc32,
    sha256: (path) => at(path, hashFile),
    another: (path) => folderStorage(placeOf(path, folder)),
    list: (path) => at(path, (full) => readFolder(full, nameOf(path))),
    open: (path) => at(path, (full) => openFile(full, nameOf(path))),
    writeText: (path, text) =>
      writeAt(path, (full) =>
        putInPlace(full, (temporary) =>
          writeFlushed(temporary, (sink) => sink.write(new TextEncoder().encode(text))),
        ),
      ),
    writeFolder: (path, files) =>
      writeAt(path, async (full) => {
        for (const name of Object.keys(files)) await insideFolder(folder, `${path}/${name}`);
        if (await exists(full)) {
          throw new Error(`${nameOf(path)}: expected nothing at that path, got something`);
        }
        await putInPlace(full, (temporary) => writeFiles(temporary, files));
      }),
    append: (path, content) =>
      writeAt(path, async (full) => {
        await makeFolder(dirname(full));
        await appendFile(full, content, { flag: APPEND });
      }),
    move: (path, to) => at(path, async (full) => moveFlushed(full, await insideFolder(folder, to))),
    remove: (path) =>
      at(path, async (full) => {
        if (await exists(full)) await takeAway(full);
        await removeIfEmpty();
      }),
  };
}

/**
 * Returns the path of another run's folder: `path` if it exists, else the folder of the same name next to `folder`.
 */
function placeOf(path: string, folder: string): string {
  return existsSync(path) ? path : join(dirname(folder), basename(path));
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/** Moves a file or folder, replaces anything at the target, and returns when the change is on disk. */
async function moveFlushed(path: string, target: string): Promise<void> {
  for (const made of await makeFolder(dirname(target))) await flushFolder(dirname(made));
  if (await exists(target)) await takeAway(target);
  await rename(path, target);
  await flushFolder(dirname(target));
  await flushFolder(dirname(path));
}

async function readFolder(path: string, name: string): Promise<string[]> {
  try {
    return (await readdir(path)).filter((entry) => !entry.startsWith('.')).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    if (errorCode(error) === 'ENOTDIR') throw new Error(`${name}: expected a folder, got a file`);
    throw error;
  }
}

/** Whether anything exists at a path, even a dangling link. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Opens a file for reading at any offset.
 *
 * @param name - The file's name in error messages.
 * @throws Error if it is not a file, or the system's error.
 */
export async function openFile(path: string, name: string = path): Promise<StoredFile> {
  const stats = await stat(path); // first, since opening a pipe would wait for its other end
  if (!stats.isFile()) {
    throw new Error(
      `${name}: expected a file, got ${stats.isDirectory() ? 'a folder' : 'a pipe or a device'}`,
    );
  }
  const handle = await open(path);
  // Of the file that was opened: another may have been renamed to its path since.
  const { size: sizeBytes } = await handle.stat();
  const cutShort = (offset: number, lengthBytes: number, size: number): RangeError =>
    new RangeError(`${name}: expected ${lengthBytes} bytes at ${offset}, got a file of ${size}`);
  return {
    name,
    sizeBytes,
    read: async (offset, lengthBytes, memory = new Uint8Array(lengthBytes)) => {
      if (offset + lengthBytes > sizeBytes) throw cutShort(offset, lengthBytes, sizeBytes);
      const bytes = memory.subarray(0, lengthBytes);
      for (let done = 0; done < lengthBytes;) {
        const left = lengthBytes - done;
        const { bytesRead } = await handle.read(bytes, done, left, offset + done);
        if (bytesRead === 0) throw cutShort(offset, lengthBytes, offset + done);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

/**
 * Returns the path on disk for a path in a run. An untrusted run may contain links; paths that lead out of
 * its folder are rejected.
 *
 * @param path - Relative path with `/`; empty for the folder itself.
 * @throws RangeError if it would be outside the folder.
 */
export async function insideFolder(folder: string, path: string): Promise<string> {
  const names = path === '' ? [] : path.split('/');
  if (names.some((name) => /^\.{0,2}$|[\\\0]/.test(name))) {
    throw new RangeError(`${folder}: expected a path inside it, got ${JSON.stringify(path)}`);
  }
  const full = join(folder, ...names);
  const [home, real] = [await realpathOfExisting(folder), await realpathOfExisting(full)];
  // If neither exists yet, both resolve to the same parent folder.
  if (real !== home && !real.startsWith(home.endsWith(sep) ? home : home + sep)) {
    throw new RangeError(`${folder}: expected ${path} inside it, got a link to ${real}`);
  }
  return full;
}

/** Returns the real path of a file or folder, or of its nearest existing parent. */
async function realpathOfExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // `realpath` throws nothing else
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    return realpathOfExisting(dirname(path));
  }
}

/** Makes a folder of new files, and returns when it is on the disk. */
async function writeFiles(
  folder: string,
  files: Parameters<RunStorage['writeFolder']>[1],
): Promise<void> {
  await mkdir(folder);
  for (const [name, write] of Object.entries(files)) await writeFlushed(join(folder, name), write);
  await flushFolder(folder);
}

/** Writes a new file, and returns when it is on the disk. */
async function writeFlushed(path: string, write: (sink: ByteSink) => Promise<void>): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await write({
      write: async (bytes) => {
        for (let done = 0; done < bytes.length;) {
          done += (await handle.write(bytes, done)).bytesWritten;
        }
      },
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Ends of error messages by system error code; each follows `path: expected`. */
const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'a file, got nothing at that path',
  ELOOP: 'a file, got a link',
  ENXIO: 'a file, got a pipe or a device',
};

/** Thrown if a write fails because the disk or the user's quota is full. Commands catch it to add advice. */
export class FullDiskError extends Error {
  override readonly name = 'FullDiskError';
}

/**
 * Converts an error of the file system to an error whose message is one sentence that names the file. Other errors
 * are returned unchanged.
 *
 * @param folder - The folder of the run.
 * @param path - The path of the file in that folder.
 */
export function storageError(folder: string, path: string, error: unknown): Error {
  const code = errorCode(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FullDiskError(`${folder}: expected free space for ${path}, got a full disk`, {
      cause: error,
    });
  }
  const name = path === '' ? folder : `${folder}/${path}`;
  return Object.hasOwn(SENTENCES, code)
    ? new Error(`${name}: expected ${SENTENCES[code]}`, { cause: error })
    : fileError(name, error);
}
