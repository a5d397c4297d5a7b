import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes the folders in which processes that were killed worked on a corpus, of this version or an
 * earlier one: `NAME-HASH.XXXXXX`. Only the holder of the corpus's lock makes such folders, so that the
 * caller, who holds it, takes nothing from one that is at work.
 *
 * @param corpora - The folder of all corpora.
 */
export async function clearWork(corpora: string, name: string): Promise<void> {
  for (const entry of await readdir(corpora)) {
    const rest = entry.startsWith(name) ? entry.slice(name.length) : '';
    if (!/^(?:-[0-9a-f]{8})?\.[A-Za-z0-9]{6}$/.test(rest)) continue; // as mkdtemp names them
    await rm(join(corpora, entry), { recursive: true, force: true });
  }
}
