import { errorCode, fileError } from '@ramble/node';

/** What else fails in a run folder, as the end of a sentence that begins `path: expected`. */
const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'a file, got nothing at that path',
  ELOOP: 'a file, got a link',
  ENXIO: 'a file, got a pipe or a device',
};

/** The error of a disk that has no room left for a run; some verbs say how to go on. */
export class FullDiskError extends Error {
  override readonly name = 'FullDiskError';
}

/**
 * A failed operation in a run folder as one sentence that names the file; errors of other kinds
 * come back as they are.
 *
 * @param folder - The folder of the run.
 * @param path - The path of the file in that folder.
 */
export function storageError(folder: string, path: string, error: unknown): Error {
  const code = errorCode(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FullDiskError(`${folder}: expected free space for ${path}, got a full disk`, {
      cause: error,
    });
  }
  const name = path === '' ? folder : `${folder}/${path}`;
  return Object.hasOwn(SENTENCES, code)
    ? new Error(`${name}: expected ${SENTENCES[code]}`, { cause: error })
    : fileError(name, error);
}
