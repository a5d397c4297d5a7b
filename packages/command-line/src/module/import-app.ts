import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { AnyApp } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import type { Io } from '../verb/io.js';
import { checkedApp } from './checked-app.js';

/**
 * The app that a module exports, checked while it is used.
 *
 * @param word - The module's path, as the user typed it.
 * @throws UsageError for a file that this Node does not read, or a default export that is no app;
 *   Error that gives the line where a module failed.
 */
export async function importApp(
  word: string,
  path: string,
  importModule: Io['importModule'],
): Promise<AnyApp> {
  const module = await importModule(path).catch((error: unknown) => {
    if (isUnreadTypescript(error, path)) {
      throw new UsageError(
        `${word}: expected JavaScript, or a Node that reads TypeScript (22.18 or newer), got Node ${process.versions.node}`,
        { cause: error },
      );
    }
    throw new Error(
      `${word}: expected a module that loads, got ${String(error)}${placeOf(error, path)}`,
      { cause: error },
    );
  });
  const { default: app } = module as { default?: unknown }; // a namespace object
  return checkedApp(word, app);
}

function isUnreadTypescript(error: unknown, path: string): boolean {
  return (
    /^\.[cm]?ts$/.test(extname(path)) &&
    (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION' // whatever was thrown
  );
}

/** Line of the module where an error was thrown, or a command that finds it. */
function placeOf(error: unknown, path: string): string {
  if (error instanceof SyntaxError) return ` (node ${path} shows where)`; // Node keeps it to itself
  const places = [pathToFileURL(path).href, path];
  const lines = error instanceof Error ? (error.stack?.split('\n') ?? []) : [];
  for (const line of lines) {
    const place = places.find((each) => line.includes(`${each}:`));
    const number = place && /^\d+/.exec(line.split(`${place}:`)[1])?.[0];
    if (number) return ` (line ${number})`;
  }
  return '';
}
