import { createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { types } from 'node:util';

/** Explanation of each system error, as the end of a sentence that begins `path: expected`. */
const SENTENCES: Readonly<Record<string, string>> = {
  EACCES: 'permission to use it, got permission denied',
  EPERM: 'permission to use it, got permission denied',
  EEXIST: 'a folder, got a file',
  EISDIR: 'a file, got a folder',
  ENOENT: 'a file or folder, got nothing at that path',
  ENOSPC: 'free space on the disk, got a full one',
  ENOTDIR: 'only folders in the path before it, got a file',
  EROFS: 'a disk that can be written to, got a read-only one',
};

/** Turns a failed file operation into one sentence that names the file. Returns other errors unchanged. */
export function fileError(path: string, error: unknown): Error {
  const code = errorCode(error);
  if (code === undefined) return types.isNativeError(error) ? error : new Error(String(error));
  const sentence = SENTENCES[code] ?? `the operation to succeed, got ${code}`;
  return new Error(`${path}: expected ${sentence}`, { cause: error });
}

/** Returns the system's code of a failure, such as `ENOENT`; `undefined` for other errors. */
export function errorCode(error: unknown): string | undefined {
  // Not `instanceof`: under jest the errors of Node are of another realm.
  const isSystemError = types.isNativeError(error) && 'syscall' in error && 'code' in error;
  return isSystemError && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether a path exists. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Whether a path is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Size of a chunk: larger ones are not faster, and V8 frees them later. */
const CHUNK_BYTES = 1 << 18;

/**
 * Yields a file in chunks of 256 KiB.
 *
 * @throws Error that names the file when it cannot be read.
 */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    const stream: AsyncIterable<Uint8Array> = createReadStream(path, {
      highWaterMark: CHUNK_BYTES,
    });
    yield* stream;
  } catch (error) {
    throw fileError(path, error);
  }
}
