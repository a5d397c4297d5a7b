import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/**
 * The path on the disk of a path in a run. A run from a stranger may hold links: none of them leads
 * out of its folder.
 *
 * @param path - Relative, with `/`; empty for the folder itself.
 * @throws RangeError when it would be outside the folder.
 */
export async function insideFolder(folder: string, path: string): Promise<string> {
  const names = path === '' ? [] : path.split('/');
  if (names.some((name) => /^\.{0,2}$|[\\\0]/.test(name))) {
    throw new RangeError(`${folder}: expected a path inside it, got ${JSON.stringify(path)}`);
  }
  const full = join(folder, ...names);
  const [home, real] = [await realpathOfExisting(folder), await realpathOfExisting(full)];
  // Where nothing exists yet, both are the same folder above.
  if (real !== home && !real.startsWith(home.endsWith(sep) ? home : home + sep)) {
    throw new RangeError(`${folder}: expected ${path} inside it, got a link to ${real}`);
  }
  return full;
}

/** The real path of a file or folder, or of the nearest folder above it that exists. */
async function realpathOfExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // all that `realpath` throws
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    return realpathOfExisting(dirname(path));
  }
}
