import type { ByteSink } from '@ramble/core/files';
import { formatJson, isObject } from '@ramble/core/files';

import { type Crc32, readJson, type RunStorage, type StoredFile } from '../storage/run-storage.js';

/** Maximum number of bytes per read of the parts that a reader has skipped. */
const PIECE_BYTES = 2 ** 22;
/** Largest gap before a read that is read for the checksum first: the scales of a large int8 matrix. */
const MAX_GAP_BYTES = 2 ** 24;

/** A file whose bytes are summed up as they are read. */
export interface CheckedFile extends StoredFile {
  /**
   * Reads what was not read yet.
   *
   * @throws RangeError when the file is not as it was saved.
   */
  check(): Promise<void>;
}

/**
 * Sums up a file while it is read from its beginning to its end, so that checking it takes no second
 * pass. Reads in another order are allowed; `check` reads what they left out again.
 *
 * @throws RangeError when the file is not of the size that was saved.
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
  /** One after the other, as one adds to the sum of the other. */
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

/** The result of the first intact checkpoint, and the faults of those that were tried before it. */
export interface FirstWhole<T> {
  readonly value: T;
  readonly step: number;
  readonly broken: readonly BrokenCheckpointError[];
}

/**
 * Loads the first intact checkpoint.
 *
 * @param steps - In the order in which they are tried, at least one.
 * @throws what is wrong with the first one, when none is whole; what `load` throws of another kind.
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
 * Whether a reader found something in a file that it did not expect.
 *
 * @param name - The file's, with which the reader's message begins.
 */
export function isMalformed(error: unknown, name: string): error is TypeError | RangeError {
  const isOfFile = error instanceof TypeError || error instanceof RangeError;
  return isOfFile && error.message.startsWith(name);
}

/**
 * The error of a checkpoint file that is missing, malformed or changed since it was saved; the
 * message names it.
 */
export class BrokenCheckpointError extends Error {
  override readonly name = 'BrokenCheckpointError';

  /**
   * Creates the error of a damaged checkpoint.
   *
   * @param step - The checkpoint's.
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

/** The folder of a step's checkpoint: `checkpoints/00002000`. */
export function checkpointFolder(step: number): string {
  return `checkpoints/${folderName(step)}`;
}

/** The steps that have a checkpoint, oldest first. */
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
 * Writes a checkpoint atomically. If the storage can compute checksums, the checkpoint contains the checksums
 * of its files, which are taken from the bytes on their way to the disk.
 *
 * @param files - Writers by file name, run one after the other.
 * @throws Error when the step is saved already or the storage cannot take it.
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
      writing.catch(() => undefined); // it is told when it is awaited
      sum = crc32(bytes, sum); // while the disk is at work
      sizeBytes += bytes.length;
      await writing;
    },
  });
  return { sizeBytes, crc32: formatChecksum(sum) };
}
