import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { CorpusSource } from './corpus.js';
import { readRStrings } from './r-strings.js';
import { runCommand, type CommandOptions } from './run-command.js';

/**
 * The texts in an R data set of a Debian package, a line for each string. It comes through the
 * system's apt-get; nothing of it is installed or run.
 *
 * @param options - `folder` is one to work in
 */
export async function debianTexts(
  name: string,
  source: Extract<CorpusSource, { kind: 'debian' }>,
  options: CommandOptions,
): Promise<readonly string[]> {
  const folder = join(options.folder, 'debian');
  await mkdir(folder);
  await runCommand(name, ['apt-get', 'download', source.package], { ...options, folder });
  const [archive] = await readdir(folder);
  await runCommand(name, ['dpkg-deb', '-x', archive, 'files'], { ...options, folder });
  const bytes = await readFile(join(folder, 'files', source.entry));
  return readRStrings(source.entry, bytes).map((lines) => `${lines.join('\n')}\n`);
}
