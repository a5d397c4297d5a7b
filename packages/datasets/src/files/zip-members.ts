import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import type { DataFile } from '@ramble/core';
import { counted, fileExtension, messageOf } from '@ramble/core/files';
import { errorCode, fileError } from '@ramble/node';
import type { Entry, ZipFile } from 'yauzl';

import { sizeGuard } from './unzstd.js';
import type { KnownKind } from '../formats/format.js';
import { kindOfArchive } from './known-kinds.js';

/** Maximum number of files in an archive. Opening a file takes as long as reading a small one. */
const MAX_FILES = 100_000;

/** The files in a zip archive. */
export interface ZipContent {
  readonly files: readonly DataFile[];
  /** The kind of file that the archive is, such as `an EPUB`; absent for a plain archive. */
  readonly kind?: KnownKind;
}

/**
 * Returns the files of a zip archive, each named `ARCHIVE/NAME`, which are unpacked while they are read.
 * Files that macOS adds and files in hidden folders are left out.
 *
 * @throws Error that names the archive when it is damaged, or its files are too many or unpack to far too
 *   much together; reading a file throws one that names the file, if it is encrypted or damaged or unpacks to
 *   more than it declares.
 */
export async function zipMembers(path: string): Promise<ZipContent> {
  const entries = await entriesOf(path);
  await refuseBomb(path, entries);
  const names = entries.map(({ fileName }) => fileName);
  const kind = kindOfArchive(names, fileExtension({ name: path }));
  const files = entries
    .filter(({ fileName }) => !/(?:^|\/)(?:\.|__MACOSX\/)|\/$/.test(fileName))
    .map((entry): DataFile => {
      const name = `${path}/${entry.fileName}`;
      return {
        name,
        sizeBytes: entry.uncompressedSize,
        chunks: () => readEntry(path, name, entry),
      };
    });
  return { files, kind };
}

/**
 * Checks the sum of the sizes that the members declare: several members may use the same compressed bytes.
 * yauzl stops at a member that unpacks to more than it declares.
 *
 * @throws Error that names the archive when it unpacks to far too much.
 */
async function refuseBomb(path: string, entries: readonly Entry[]): Promise<void> {
  const guard = sizeGuard(path);
  guard.came((await stat(path)).size);
  for (const { uncompressedSize } of entries) guard.went(uncompressedSize);
}

async function entriesOf(path: string): Promise<Entry[]> {
  const archive = await openArchive(path);
  const { entryCount } = archive;
  if (entryCount > MAX_FILES) {
    archive.close();
    throw new Error(
      `${path}: expected a zip archive of at most ${counted(MAX_FILES, 'file')}, got ${counted(entryCount, 'file')}; ` +
        'unpack it, and give the folder',
    );
  }
  const entries: Entry[] = [];
  try {
    for await (const entry of archive.eachEntry()) entries.push(entry);
  } catch (error) {
    throw damaged(path, error);
  } finally {
    archive.close();
  }
  return entries;
}

async function openArchive(path: string): Promise<ZipFile> {
  const { default: yauzl } = await import('yauzl'); // not before it is used: this is loaded with every command
  return yauzl.openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw errorCode(error) === undefined ? damaged(path, error) : fileError(path, error);
  });
}

async function* readEntry(path: string, name: string, entry: Entry): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted()) {
    throw new Error(`${name}: expected a file without a password, got an encrypted one`);
  }
  if (entry.uncompressedSize === 0) return;
  const archive = await openArchive(path);
  let crc = 0;
  try {
    const content: AsyncIterable<Uint8Array> = await archive.openReadStreamPromise(entry);
    for await (const chunk of content) {
      crc = crc32(chunk, crc);
      yield chunk;
    }
    if (crc !== entry.crc32) throw new Error('its checksum differs');
  } catch (error) {
    throw damaged(name, error);
  } finally {
    archive.close();
  }
}

function damaged(name: string, error: unknown): Error {
  const got = `damaged data (${messageOf(error)})`;
  return new Error(`${name}: expected an intact zip archive, got ${got}`, { cause: error });
}
