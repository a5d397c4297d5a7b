import type { RunStorage, StoredFile } from './run-storage.js';

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
