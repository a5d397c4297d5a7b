import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { AnyApp } from '@ramble/core';

import { UsageError } from './exit-errors.js';

/** An app that comes with the command. */
export interface AppEntry {
  /** The domain's name. */
  readonly name: string;
  readonly description: string;
  load(): Promise<AnyApp>;
}

/**
 * The app of a domain's name, of a path (`./chess.js`), or of a package that is installed in the
 * current folder. Code that does not come with the command runs only when it is named here.
 *
 * @returns `undefined` when there is none of that name.
 * @throws UsageError when there is nothing at a path, or a module's default export is no app.
 */
export async function findApp(
  apps: readonly AppEntry[],
  word: string,
): Promise<AnyApp | undefined> {
  const entry = apps.find(({ name }) => name === word);
  if (entry) return entry.load();
  const path = findModule(word);
  if (path === undefined) {
    if (!/^[./]|\.[cm]?js$/.test(word)) return undefined;
    throw new UsageError(`${word}: expected a module, got nothing at that path`);
  }
  const module = (await import(pathToFileURL(path).href)) as { default?: unknown }; // a namespace object
  if (isApp(module.default)) return module.default;
  throw new UsageError(
    `${word}: expected a module whose default export is an App of @ramble/core, got ${typeof module.default}`,
  );
}

function findModule(word: string): string | undefined {
  if (/^\.|[\\/]|\.[cm]?js$/.test(word)) {
    const path = resolve(word);
    if (existsSync(path)) return path;
  }
  try {
    const path = createRequire(join(process.cwd(), 'package.json')).resolve(word);
    return existsSync(path) ? path : undefined; // a module of Node itself has no file
  } catch {
    return undefined;
  }
}

/** Whether a value has what the verbs use of an app. */
function isApp(value: unknown): value is AnyApp {
  if (typeof value !== 'object' || value === null) return false;
  const app = value as Partial<Record<keyof AnyApp, unknown>>; // its fields are checked below
  return (
    typeof app.name === 'string' &&
    typeof app.factory === 'object' &&
    typeof app.options === 'object' &&
    ['stream', 'examples', 'pieces'].includes(String(app.packing)) &&
    Array.isArray(app.extensions) &&
    typeof app.readExamples === 'function' &&
    typeof app.readPrompt === 'function' &&
    typeof app.showOutput === 'function'
  );
}
