import { constants } from 'node:fs';
import { appendFile, lstat, mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

import { errorCode, flushFolder, makeFolder, putInPlace, takeAway } from '@ramble/node';
import type { RunStorage } from '../storage/run-storage.js';

import { insideFolder } from './inside-folder.js';
import { openFile } from './open-file.js';
import { storageError } from './storage-error.js';
import { writeFlushed } from './write-flushed.js';

/** Not through a link, which could lead out of the folder; nor waiting for the reader of a pipe. */
const APPEND =
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_WRONLY |
  constants.O_NOFOLLOW |
  constants.O_NONBLOCK;

/**
 * A run in a folder on the disk, which need not exist yet. A folder that this storage made is removed with
 * the last thing in it, and after a failed write if it is empty. Nothing that a run says can make it read or write outside that folder.
 *
 * @param folder - Errors name it as it is given here.
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
  /** Whether this storage makes the folder, once it has been written to. */
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
    if (await isMade) await rmdir(folder).catch(() => undefined); // unless it holds something
  }
  return {
    name: folder,
    crc32,
    list: (path) =>
      at(path, async (full) => {
        const names = await readFolder(full, nameOf(path));
        return names.filter((name) => !name.startsWith('.')).sort();
      }),
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
        await putInPlace(full, async (temporary) => {
          await mkdir(temporary);
          for (const [name, write] of Object.entries(files)) {
            await writeFlushed(join(temporary, name), write);
          }
          await flushFolder(temporary);
        });
      }),
    appendText: (path, text) =>
      writeAt(path, async (full) => {
        await makeFolder(dirname(full));
        await appendFile(full, text, { flag: APPEND });
      }),
    move: (path, to) =>
      at(path, async (full) => {
        const target = await insideFolder(folder, to);
        for (const made of await makeFolder(dirname(target))) await flushFolder(dirname(made));
        if (await exists(target)) await takeAway(target);
        await rename(full, target);
        await flushFolder(dirname(target));
        await flushFolder(dirname(full));
      }),
    remove: (path) =>
      at(path, async (full) => {
        if (await exists(full)) await takeAway(full);
        await removeIfEmpty();
      }),
  };
}

async function readFolder(path: string, name: string): Promise<string[]> {
  try {
    return await readdir(path);
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
