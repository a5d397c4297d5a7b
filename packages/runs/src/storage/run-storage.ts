import {
  type ByteSink,
  type ByteSource,
  type JsonObject,
  named,
  parseObject,
} from '@ramble/core/files';

/**
 * Computes the CRC-32 of bytes that follow others.
 *
 * @param before - The CRC-32 of the bytes before them, 0 at the beginning.
 */
export type Crc32 = (bytes: Uint8Array, before: number) => number;

/** An open file, which must be closed. */
export interface StoredFile extends ByteSource {
  close(): Promise<void>;
}

/**
 * The storage of a run: a folder, or anything that acts like one. Paths are relative, with `/`. The empty path
 * is the run itself. Remains of an interrupted write are never visible, and the next write into the same folder
 * removes them.
 */
export interface RunStorage {
  /** Name for error messages, usually the folder's path. */
  readonly name: string;
  /** Computes the checksums of checkpoints; without it they have none and are not checked. */
  readonly crc32?: Crc32;
  /** Computes the SHA-256 of a file, in hexadecimal; without it, the base of adapters is not checked. */
  readonly sha256?: (path: string) => Promise<string>;
  /** Returns the storage of another run, such as the base of adapters, by the path that a run records. */
  readonly another?: (path: string) => RunStorage;
  /**
   * Returns the names of the files and folders in a folder, sorted; empty if it does not exist. Names that
   * begin with a dot are left out, because operating systems create such files anywhere.
   */
  list(folder: string): Promise<string[]>;
  /**
   * Opens a file.
   *
   * @throws Error if the file does not exist.
   */
  open(path: string): Promise<StoredFile>;
  /** Writes a file atomically: after a power failure at any time, the old or the new file exists. */
  writeText(path: string, text: string): Promise<void>;
  /**
   * Writes a new folder of files atomically: after a power failure at any time, all of it or nothing exists.
   * If a writer throws, nothing is left.
   *
   * @param files - Writers by file name, run one after another.
   * @throws Error if `path` already exists.
   */
  writeFolder(
    path: string,
    files: Readonly<Record<string, (sink: ByteSink) => Promise<void>>>,
  ): Promise<void>;
  /** Appends to a file, or creates it if it is missing. */
  appendText(path: string, text: string): Promise<void>;
  /**
   * Moves a file or a folder atomically, and replaces anything at the new path.
   *
   * @throws Error if `path` does not exist.
   */
  move(path: string, to: string): Promise<void>;
  /** Removes a file or a folder atomically, if it exists. */
  remove(path: string): Promise<void>;
}

/** Opens a file, calls `use` with it and closes it, even if `use` throws. */
export async function withFile<T>(
  storage: Pick<RunStorage, 'open'>,
  path: string,
  use: (file: StoredFile) => Promise<T>,
): Promise<T> {
  const file = await storage.open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/**
 * Reads a whole text file.
 *
 * @param maxBytes - Maximum size of the file, because untrusted files may have any size.
 * @throws RangeError if it is larger; TypeError if it is not UTF-8; Error if it does not exist.
 */
export function readText(
  storage: Pick<RunStorage, 'open'>,
  path: string,
  maxBytes: number,
): Promise<string> {
  return withFile(storage, path, async (file) => {
    const bytes = await readWhole(file, maxBytes);
    return named(file.name, () => decodeUtf8(bytes));
  });
}

/**
 * Reads all bytes of a file, up to a maximum.
 *
 * @throws RangeError if the file is larger.
 */
export async function readWhole(file: ByteSource, maxBytes: number): Promise<Uint8Array> {
  const { name, sizeBytes } = file;
  if (sizeBytes <= maxBytes) return file.read(0, sizeBytes);
  throw new RangeError(`${name}: expected at most ${maxBytes} bytes, got ${sizeBytes}`);
}

/**
 * Reads the JSON object in a file of a run.
 *
 * @throws as `readText`, and TypeError if the file does not contain a JSON object.
 */
export function readJson(
  storage: Pick<RunStorage, 'name' | 'open'>,
  path: string,
): Promise<JsonObject> {
  return withFile(storage, path, readJsonFile);
}

/**
 * Reads the JSON object in a file.
 *
 * @throws RangeError or TypeError that names the file, if it does not contain a JSON object.
 */
export async function readJsonFile(file: ByteSource): Promise<JsonObject> {
  const bytes = await readWhole(file, 2 ** 20); // settings take a few kilobytes
  return named(file.name, () => parseObject(decodeUtf8(bytes)));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new TypeError('expected text in UTF-8', { cause: error });
  }
}
