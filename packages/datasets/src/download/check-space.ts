import { statfs } from 'node:fs/promises';

/**
 * Checks that a disk has room before a download begins.
 *
 * @param folder - A folder on the disk.
 * @param advice - What to do when there is not enough, as the end of a sentence.
 * @throws Error that says how much is free.
 */
export async function checkSpace(
  name: string,
  folder: string,
  neededBytes: number,
  advice: string,
): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  const [needed, free] = [neededBytes, freeBytes].map((bytes) => `${Math.ceil(bytes / 1e6)} MB`);
  throw new Error(`${name}: expected ${needed} of free space in ${folder}, got ${free}; ${advice}`);
}
