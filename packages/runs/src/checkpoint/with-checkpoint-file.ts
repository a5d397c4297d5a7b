import { BrokenCheckpointError } from './broken-checkpoint-error.js';
import { checkedFile, type CheckedFile } from './checked-file.js';
import { checkpointFolder } from './checkpoint-steps.js';
import { CHECKSUMS_FILE, readChecksums, type SavedFile } from './checksums.js';
import { isMalformed } from './is-malformed.js';
import type { Crc32, RunStorage, StoredFile } from '../storage/run-storage.js';
import { withFile } from '../storage/with-file.js';

/**
 * Opens a file of a checkpoint, uses it, checks all of it and closes it.
 *
 * @returns what `use` returns.
 * @throws BrokenCheckpointError when the file is missing or not as it was saved, or, of a checkpoint
 *   or storage without checksums, when `use` finds it malformed; what else `use` throws.
 */
export async function withCheckpointFile<T>(
  storage: RunStorage,
  step: number,
  name: string,
  use: (file: CheckedFile) => Promise<T>,
): Promise<T> {
  const folder = checkpointFolder(step);
  const broken = (error: unknown): BrokenCheckpointError =>
    new BrokenCheckpointError(error instanceof Error ? error.message : String(error), step, {
      cause: error,
    });
  if (!(await storage.list(folder)).includes(name)) {
    throw broken(`${storage.name}/${folder}/${name}: expected a file, got nothing at that path`);
  }
  const checksums = await readChecksums(storage, step);
  const saved = checksums?.get(name);
  const path = `${folder}/${name}`;
  if (checksums && !saved) {
    throw broken(`${storage.name}/${folder}/${CHECKSUMS_FILE}: expected ${name}, got none`);
  }
  const { crc32 } = storage;
  if (!saved || !crc32) {
    return withFile(storage, path, async (file) =>
      use(unchecked(file)).catch((error: unknown) => {
        throw isMalformed(error, file.name) ? broken(error) : error;
      }),
    );
  }
  try {
    return await withFile(storage, path, async (file) => {
      const checked = checkedFile(file, saved, crc32);
      const result = await use(checked);
      await checked.check();
      return result;
    });
  } catch (error) {
    // What goes wrong with a file that is as it was saved has another reason.
    const damage = await damageOf(storage, path, saved, crc32);
    throw damage === undefined ? error : broken(damage);
  }
}

/** A file without a record of how it was saved. */
function unchecked(file: StoredFile): CheckedFile {
  return { ...file, check: () => Promise.resolve() };
}

/**
 * Reads a file of a checkpoint from beginning to end; returns what is wrong with it.
 *
 * @throws what the storage throws: a disk that cannot be read now says nothing of the file.
 */
async function damageOf(
  storage: RunStorage,
  path: string,
  saved: SavedFile,
  crc32: Crc32,
): Promise<unknown> {
  try {
    await withFile(storage, path, (file) => checkedFile(file, saved, crc32).check());
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error;
    throw error;
  }
}
