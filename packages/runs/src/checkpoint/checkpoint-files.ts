import type { ByteSink } from '@ramble/core/files';
import { formatJson, isObject } from '@ramble/core/files';

import { type Crc32, readJson, type RunStorage, type StoredFile } from '../storage/run-storage.js';

/** Maximum number of bytes per read of the parts that the caller skipped, which are read only for the checksum. */
const PIECE_BYTES = 2 ** 22;
/**
 * Maximum number of skipped bytes that are read immediately, so that the checksum can continue with the next read. If
 * more bytes are skipped, `check` reads them later. The maximum suffices for the scales of a large int8 matrix.
 */
const MAX_GAP_BYTES = 2 ** 24;

/** A file whose checksum is computed while it is read. */
export interface CheckedFile extends StoredFile {
  /**
   * Reads the remaining bytes and compares size and checksum with the saved ones.
   *
   * @throws RangeError if the file differs from the saved one.
   */
  check(): Promise<void>;
}

/**
 * Computes the checksum of a file while it is read in order, so that checking it takes no second pass. Reads
 * in another order are allowed; `check` then reads the skipped bytes.
 *
 * @throws RangeError if the size of the file is not the saved one.
 */
export function checkedFile(file: StoredFile, saved: SavedFile, crc32: Crc32): CheckedFile {
  const { name, sizeBytes } = file;
  if (sizeBytes !== saved.sizeBytes) {
    throw new RangeError(
      `${name}: expected ${saved.sizeBytes} bytes, as it was saved, got ${sizeBytes}`,
    );
  }
  let [done, sum] = [0, 0];
  const add = (bytes: Uint8Array): void => {
    sum = crc32(bytes, sum);
    done += bytes.length;
  };
  const readUpTo = async (end: number): Promise<void> => {
    if (done >= end) return;
    const memory = new Uint8Array(Math.min(PIECE_BYTES, end - done));
    while (done < end) add(await file.read(done, Math.min(memory.length, end - done), memory));
  };
  const read: StoredFile['read'] = async (offset, lengthBytes, memory) => {
    if (offset > done && offset - done <= MAX_GAP_BYTES) await readUpTo(offset);
    const bytes = await file.read(offset, lengthBytes, memory);
    if (offset === done) add(bytes);
    return bytes;
  };
  const check = async (): Promise<void> => {
    await readUpTo(sizeBytes);
    const got = formatChecksum(sum);
    if (got === saved.crc32) return;
    throw new RangeError(
      `${name}: expected the checksum ${saved.crc32}, as it was saved, got ${got}. The file is damaged`,
    );
  };
  let last: Promise<unknown> = Promise.resolve();
  /** Starts each read after the previous one has ended, because it continues the checksum. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    ...file,
    read: (offset, lengthBytes, memory) => inTurn(() => read(offset, lengthBytes, memory)),
    check: () => inTurn(check),
  };
}

/** Name of the file with the checksums of a checkpoint's other files. */
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
 * @throws BrokenCheckpointError if its file of checksums cannot be read.
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
function formatChecksum(crc32: number): string {
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

/** The result of the first intact checkpoint, and the faults of the checkpoints that were tried before it. */
export interface FirstWhole<T> {
  readonly value: T;
  readonly step: number;
  readonly broken: readonly BrokenCheckpointError[];
}

/**
 * Loads the first intact checkpoint.
 *
 * @param steps - Steps in the order in which they are tried, at least one.
 * @throws BrokenCheckpointError of the first checkpoint if none is intact; other errors of `load` unchanged.
 */
export async function firstWhole<T>(
  steps: readonly number[],
  load: (step: number) => Promise<T>,
): Promise<FirstWhole<T>> {
  const broken: BrokenCheckpointError[] = [];
  for (const step of steps) {
    try {
      return { value: await load(step), step, broken };
    } catch (error) {
      if (!(error instanceof BrokenCheckpointError)) throw error;
      broken.push(error);
    }
  }
  throw broken[0];
}

/**
 * Whether an error reports malformed content of a file.
 *
 * @param name - Name of the file, with which the error's message begins.
 */
export function isMalformed(error: unknown, name: string): error is TypeError | RangeError {
  const isOfFile = error instanceof TypeError || error instanceof RangeError;
  return isOfFile && error.message.startsWith(name);
}

/**
 * Thrown if a file of a checkpoint is missing, malformed or changed since it was saved. The message names the file.
 */
export class BrokenCheckpointError extends Error {
  override readonly name = 'BrokenCheckpointError';

  /**
   * Creates the error of a damaged checkpoint.
   *
   * @param step - Step of the checkpoint.
   */
  constructor(
    message: string,
    readonly step: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The checkpoint to load: a step, the best one (by the training's `bestBy`), or the newest. */
export type CheckpointChoice = number | 'best' | 'newest';

/** Returns the folder of a step's checkpoint: `checkpoints/00002000`. */
export function checkpointFolder(step: number): string {
  return `checkpoints/${folderName(step)}`;
}

/** Returns the steps that have a checkpoint, oldest first. */
export async function checkpointSteps(storage: RunStorage): Promise<number[]> {
  return (await storage.list('checkpoints'))
    .filter((name) => /^\d{8,15}$/.test(name) && folderName(Number(name)) === name)
    .map(Number)
    .sort((a, b) => a - b);
}

function folderName(step: number): string {
  return String(step).padStart(8, '0');
}

type WriteFile = (sink: ByteSink) => Promise<void>;

/**
 * Writes a checkpoint atomically. If the storage can compute checksums, the checkpoint contains checksums of
 * its files, computed from the bytes while they are written.
 *
 * @param files - Writers by file name, run one after another.
 * @throws Error if the step was already saved or the storage fails.
 */
export async function writeCheckpoint(
  storage: RunStorage,
  step: number,
  files: Readonly<Record<string, WriteFile>>,
): Promise<void> {
  const { crc32 } = storage;
  const saved: Record<string, SavedFile> = {};
  const writers: Record<string, WriteFile> = {};
  for (const [name, write] of Object.entries(files)) {
    writers[name] = crc32
      ? async (sink) => {
          saved[name] = await writeSummed(sink, write, crc32);
        }
      : write;
  }
  if (crc32) {
    writers[CHECKSUMS_FILE] = (sink) =>
      sink.write(new TextEncoder().encode(formatJson({ files: saved })));
  }
  await storage.writeFolder(checkpointFolder(step), writers);
}

async function writeSummed(sink: ByteSink, write: WriteFile, crc32: Crc32): Promise<SavedFile> {
  let [sum, sizeBytes] = [0, 0];
  await write({
    write: async (bytes) => {
      const writing = sink.write(bytes);
      writing.catch(() => undefined); // its error is reported when it is awaited
      sum = crc32(bytes, sum); // computed while the disk writes
      sizeBytes += bytes.length;
      await writing;
    },
  });
  return { sizeBytes, crc32: formatChecksum(sum) };
}
