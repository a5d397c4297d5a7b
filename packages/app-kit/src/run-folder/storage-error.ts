import { errorCode, fileError } from '@ramble/datasets';

/** What else fails in a run folder, as the end of a sentence that begins `path: expected`. */
const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'a file, got nothing at that path',
  ELOOP: 'a file, got a link',
};

/**
 * A failed operation in a run folder as one sentence that names the file; errors of other kinds
 * come back as they are.
 *
 * @param folder - The run's.
 * @param path - In it.
 */
export function storageError(folder: string, path: string, error: unknown): Error {
  const code = errorCode(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Error(
      `${folder}: expected room for ${path}, got a full disk. Make room and go on with --resume: what was saved is there`,
      { cause: error },
    );
  }
  const name = path === '' ? folder : `${folder}/${path}`;
  return Object.hasOwn(SENTENCES, code)
    ? new Error(`${name}: expected ${SENTENCES[code]}`, { cause: error })
    : fileError(name, error);
}
