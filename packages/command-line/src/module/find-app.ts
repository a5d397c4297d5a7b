import type { AnyApp } from '@ramble/core';

import { findModule } from './find-module.js';
import type { AppEntry } from '../verb/app-entry.js';
import type { Io } from '../verb/io.js';

/**
 * The app of a domain's name, of a path (`./chess.js`), or of a package that is installed in the
 * current folder. Code that does not come with the command runs only when it is named here, and is
 * checked while it does.
 *
 * @returns `undefined` when there is none of that name.
 * @throws UsageError when there is nothing at a path, or a module's default export is no app; Error
 *   when it does not load.
 */
export async function findApp(
  apps: readonly AppEntry[],
  word: string,
  { importModule }: Pick<Io, 'importModule'>,
): Promise<AnyApp | undefined> {
  const entry = apps.find(({ name }) => name === word);
  if (entry) return entry.load();
  const path = findModule(word);
  if (path === undefined) return undefined;
  const { importApp } = await import('./import-app.js'); // help needs none of its checks
  return importApp(word, path, importModule);
}
