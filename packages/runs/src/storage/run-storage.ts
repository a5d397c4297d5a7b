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
 * The storage of a run: a folder, or anything that acts like one. Paths are relative, with `/`; the
 * empty one is the run itself. What a write that was cut short leaves behind is never seen, and
 * goes with the next write beside it.
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
  /** Puts a file in place as a whole: whenever the power goes, the old or the new one is there. */
  writeText(path: string, text: string): Promise<void>;
  /**
   * Puts a new folder of files in place as a whole: whenever the power goes, all or nothing of it
   * is there. Nothing is left behind when a writer throws.
   *
   * @param files - Writers by file name, run one after the other.
   * @throws Error when there is something at `path`.
   */
  writeFolder(
    path: string,
    files: Readonly<Record<string, (sink: ByteSink) => Promise<void>>>,
  ): Promise<void>;
  /** Adds to the end of a file, which is made where it is missing. */
  appendText(path: string, text: string): Promise<void>;
  /**
   * Moves a file or a folder as a whole, and replaces what is at the new path.
   *
   * @throws Error when there is nothing to move.
   */
  move(path: string, to: string): Promise<void>;
  /** Removes a file or a folder as a whole, if there is one. */
  remove(path: string): Promise<void>;
}

/** Opens a file, uses it and closes it, whatever happens. */
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
