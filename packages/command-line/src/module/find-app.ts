import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import type { AnyApp } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import type { AppEntry } from '../verb/verb.js';
import type { Io } from '../verb/io.js';

/**
 * Finds the app of a domain by its name, its module's path (`./chess.js`), or a package that is installed in the
 * current folder. A module's functions are checked whenever they are called.
 *
 * @returns `undefined` if no app has that name.
 * @throws UsageError if a path does not exist, or a module's default export is no app; Error if the module does
 *   not load.
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
  const { importApp } = await import('./import-app.js'); // the help needs none of its checks
  return importApp(word, path, importModule);
}

/**
 * Finds the file of a module by its path, or of a package that is installed in the current folder.
 *
 * @returns `undefined` if a word is neither a path nor such a package.
 * @throws UsageError for a path without a file, or a package without a matching export.
 */
export function findModule(word: string): string | undefined {
  const isPath = /^\.|[\\/]|\.[cm]?[jt]s$/.test(word);
  if (isPath && existsSync(word)) {
    const path = resolve(word);
    if (statSync(path).isFile()) return path;
    const inside = join(word, 'domain.js');
    const hint = existsSync(inside) ? `; name ${inside}` : '';
    throw new UsageError(`${word}: expected the file of a module, got a folder${hint}`);
  }
  const path = findPackage(word);
  if (path === undefined && /^[./]|\.[cm]?[jt]s$/.test(word)) {
    throw new UsageError(`${word}: expected a module, got nothing at that path`);
  }
  return path;
}

function findPackage(word: string): string | undefined {
  try {
    const path = createRequire(join(process.cwd(), 'package.json')).resolve(word);
    return existsSync(path) ? path : undefined; // a module of Node itself has no file
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // Node's errors have a code
    if (code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined;
    throw new UsageError(
      `${word}: expected a package whose exports name its module under "default", got none`,
      { cause: error },
    );
  }
}
