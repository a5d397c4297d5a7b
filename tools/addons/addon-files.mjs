/** Paths of an addon's files, and the hash of all sources of its binary. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { COMMITTED } from './targets.mjs';

/** Name of the addon, in a folder of {@link folderOf} or in `build`, where build:native puts it. */
export const BINARY = 'ramble.node';

/** Path, below its package, of the folder for a target of `targets.mjs`. */
export function folderOf(target) {
  return `${target === COMMITTED ? 'prebuilds' : 'build'}/${target.name}`;
}

/** Path of what is known of the binaries that are not committed: what a build of the same sources must give. */
export function othersOf(addon) {
  return join(addon.folder, 'prebuilds/others.json');
}

/** Path of what is known of a binary: its sha256, and the compiler and linker that made it. */
export function manifestOf(binary) {
  return `${binary}.json`;
}

/** Path of the module with the hashes of the sources, which the loader requires of a binary. */
export function hashModuleOf(addon) {
  return join(addon.folder, addon.hashModule);
}

/** Returns a binary's sha256 in hexadecimal. */
export function hashBytes(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Of every file that the addon is made of, the flags included. */
export function hashSources(addon) {
  const sum = createHash('sha256');
  for (const name of sourceFiles(addon)) {
    sum.update(`${name}\0`).update(readFileSync(join(addon.folder, 'cpp', name)));
  }
  for (const name of [
    'compiler.mjs',
    'compile-addon.mjs',
    'targets.mjs',
    'old-glibc.h',
    addon.description,
  ]) {
    sum.update(readFileSync(join(import.meta.dirname, name)));
  }
  return sum.digest('hex');
}

/** Paths, below the package's `cpp`, of the files that the addon is made of. */
function sourceFiles(addon) {
  return readdirSync(join(addon.folder, 'cpp'), { recursive: true })
    .filter((name) => /\.(h|cc|json)$/.test(name))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}
