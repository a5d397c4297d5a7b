import type { ByteSink, ByteSource } from '@ramble/core/files';

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
  /**
   * Names of the files and folders in a folder, sorted; none when it does not exist. Hidden ones,
   * whose names begin with a dot, are not among them: systems leave such files anywhere.
   */
  list(folder: string): Promise<string[]>;
  /**
   * Opens a file.
   *
   * @throws Error when there is no such file.
   */
  open(path: string): Promise<StoredFile>;
  /** Writes a file atomically: after a power failure at any time, the old or the new file exists. */
  writeText(path: string, text: string): Promise<void>;
  /**
   * Writes a new folder of files atomically: after a power failure at any time, all of it or nothing exists.
   * If a writer throws, nothing is left.
   *
   * @param files - Writers by file name, run one after the other.
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
