import { isObject } from '@ramble/core/files';

import { BrokenCheckpointError } from './broken-checkpoint-error.js';
import { checkpointFolder } from './checkpoint-steps.js';
import type { RunStorage } from '../storage/run-storage.js';
import { readJson } from '../storage/stored-text.js';

/** The file of a checkpoint that holds the checksums of its other files. */
export const CHECKSUMS_FILE = 'checksums.json';

/** The size and checksum of a file when it was saved. */
export interface SavedFile {
  readonly sizeBytes: number;
  /** CRC-32 of the file in eight hexadecimal digits. */
  readonly crc32: string;
}

/**
 * Reads the checksums of a checkpoint's files, by name.
 *
 * @returns `undefined` for a checkpoint without checksums, as earlier versions of ramble saved them.
 * @throws BrokenCheckpointError when its checksums cannot be read.
 */
export async function readChecksums(
  storage: RunStorage,
  step: number,
): Promise<ReadonlyMap<string, SavedFile> | undefined> {
  const folder = checkpointFolder(step);
  if (!(await storage.list(folder)).includes(CHECKSUMS_FILE)) return undefined;
  const name = `${storage.name}/${folder}/${CHECKSUMS_FILE}`;
  try {
    const { files } = await readJson(storage, `${folder}/${CHECKSUMS_FILE}`);
    const entries = Object.entries(isObject(files) ? files : {});
    if (entries.length === 0)
      throw new TypeError(`${name}: expected files with checksums, got none`);
    return new Map(entries.map(([file, saved]) => [file, parseSaved(`${name}: ${file}`, saved)]));
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new BrokenCheckpointError(error.message, step, { cause: error });
  }
}

/** Formats a CRC-32 as text. */
export function formatChecksum(crc32: number): string {
  return (crc32 >>> 0).toString(16).padStart(8, '0');
}

function parseSaved(name: string, saved: unknown): SavedFile {
  if (isObject(saved)) {
    const { sizeBytes, crc32 } = saved;
    const isSize = typeof sizeBytes === 'number' && Number.isSafeInteger(sizeBytes);
    if (isSize && typeof crc32 === 'string' && /^[\da-f]{8}$/.test(crc32)) {
      return { sizeBytes, crc32 };
    }
  }
  throw new TypeError(`${name}: expected the fields sizeBytes and crc32, got others`);
}
