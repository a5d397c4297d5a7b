import {
  type ByteSink,
  type ByteSource,
  type JsonObject,
  memoryBytes,
  named,
  parseObject,
} from '@ramble/core/files';

/**
 * Continues a CRC-32 checksum with more bytes: returns the CRC-32 of all earlier bytes followed by `bytes`.
 *
 * @param before - CRC-32 of all earlier bytes; 0 at the beginning.
 */
export type Crc32 = (bytes: Uint8Array, before: number) => number;

/** An open file, which the caller must close. */
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
  /**
   * Computes the checksums of checkpoint files. Without this function, checkpoints are saved without checksums and
   * are not checked.
   */
  readonly crc32?: Crc32;
  /**
   * Computes the SHA-256 of a file, in hexadecimal. Without this function, the base model of adapters is not checked.
   */
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
  append(path: string, content: string | Uint8Array): Promise<void>;
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

/**
 * Returns the storage of a run that is kept in memory, for a page in a browser or a test.
 *
 * @param stored - Initial files by path. For a run that a page has downloaded: `run.json` and the files in `domain`
 *   and `checkpoints`.
 */
export function memoryStorage(
  name = 'memory',
  stored: Readonly<Record<string, Uint8Array>> = {},
): RunStorage {
  const files = new Map(Object.entries(stored));
  const list = (folder: string): string[] => {
    const start = folder === '' ? 0 : folder.length + 1;
    const inside = [...files.keys()].filter((path) => isIn(path, folder));
    const names = new Set(inside.map((path) => path.slice(start).split('/')[0]));
    return [...names].filter((entry) => !entry.startsWith('.')).sort();
  };
  return {
    name,
    list: (folder) => Promise.resolve(list(folder)),
    open: (path) => {
      const bytes = files.get(path);
      if (!bytes) {
        const got = list(path).length > 0 ? 'a folder' : 'nothing at that path';
        return Promise.reject(new Error(`${name}/${path}: expected a file, got ${got}`));
      }
      const source = memoryBytes(`${name}/${path}`, bytes);
      return Promise.resolve({ ...source, close: () => Promise.resolve() });
    },
    writeText: (path, text) => {
      files.set(path, encode(text));
      return Promise.resolve();
    },
    writeFolder: async (path, writers) => {
      if (files.has(path) || list(path).length > 0) {
        throw new Error(`${name}/${path}: expected nothing at that path, got something`);
      }
      const written: [string, Uint8Array][] = [];
      for (const [file, writer] of Object.entries(writers)) {
        written.push([`${path}/${file}`, await bytesOf(writer)]);
      }
      for (const [file, bytes] of written) files.set(file, bytes);
    },
    append: (path, content) => {
      files.set(path, join([files.get(path) ?? new Uint8Array(), encode(content)]));
      return Promise.resolve();
    },
    move: (path, to) => {
      const moved = [...files].filter(([file]) => isAt(file, path));
      if (moved.length === 0) {
        const got = 'got nothing at that path';
        return Promise.reject(new Error(`${name}/${path}: expected a file or folder, ${got}`));
      }
      for (const file of [...files.keys()]) if (isIn(file, to)) files.delete(file);
      for (const [file, bytes] of moved) {
        files.delete(file);
        files.set(to + file.slice(path.length), bytes);
      }
      return Promise.resolve();
    },
    remove: (path) => {
      for (const file of [...files.keys()]) if (isAt(file, path)) files.delete(file);
      return Promise.resolve();
    },
  };
}

function encode(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

function isIn(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

/** Whether `path` is the path of the file or of a folder that contains the file. */
function isAt(file: string, path: string): boolean {
  return file === path || isIn(file, path);
}

async function bytesOf(write: (sink: ByteSink) => Promise<void>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  await write({
    write: (bytes) => {
      pieces.push(bytes.slice());
      return Promise.resolve();
    },
  });
  return join(pieces);
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
