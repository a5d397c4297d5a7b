import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/**
 * Writes some files of a zip archive to paths of the caller's choice, at constant memory.
 *
 * @param targets - names in the archive and where each goes
 * @throws Error when the archive lacks one.
 */
export async function extractZip(
  name: string,
  archivePath: string,
  targets: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<void> {
  const { default: yauzl } = await import('yauzl'); // not before it is used: this is loaded with every command
  const missing = new Set(targets.keys());
  const archive = await yauzl.openPromise(archivePath);
  for await (const entry of archive.eachEntry()) {
    const target = targets.get(entry.fileName);
    if (target === undefined) continue;
    const content = await archive.openReadStreamPromise(entry);
    await pipeline(content, createWriteStream(target), { signal });
    missing.delete(entry.fileName);
  }
  const [lacking] = missing;
  if (missing.size > 0) {
    throw new Error(`${name}: expected ${lacking} in the archive, got an archive without it`);
  }
}
