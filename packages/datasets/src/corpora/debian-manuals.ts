import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { runCommand, type CommandOptions } from './run-command.js';
import { updateLists } from './update-lists.js';

const unzip = promisify(gunzip);

/**
 * The sources of the English manual pages in Debian packages of the user's release; nothing of them is
 * installed or run. Each release has others.
 *
 * @param name - What it is for, for error messages.
 * @param options - `folder` is one to work in.
 * @throws Error when apt-get or dpkg-deb is not there, or fails.
 */
export async function debianManuals(
  name: string,
  packages: readonly string[],
  options: CommandOptions,
): Promise<string[]> {
  const { flags } = await updateLists(name, ['none'], options);
  const folder = join(options.folder, 'packages');
  await mkdir(folder);
  await runCommand(name, ['apt-get', ...flags, 'download', ...packages], { ...options, folder });
  for (const archive of (await readdir(folder)).sort()) {
    await runCommand(name, ['dpkg-deb', '-x', archive, 'files'], { ...options, folder });
  }
  const manuals = join(folder, 'files', 'usr', 'share', 'man');
  const pages: string[] = [];
  for (const section of (await readdir(manuals)).sort()) {
    if (!/^man\d$/.test(section)) continue; // pages in other languages
    const entries = await readdir(join(manuals, section), { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name); // no links
    for (const file of files.sort()) {
      const bytes = await readFile(join(manuals, section, file));
      const content = file.endsWith('.gz') ? await unzip(bytes) : bytes;
      pages.push(content.toString('utf8'));
    }
  }
  return pages;
}
