/** Paths of an addon's files, and the hash of all sources of its binary. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { COMMITTED } from './targets.mjs';

/**
 * File name of an addon's binary. It is in the folder from {@link folderOf}, or in `build` after
 * `npm run build:native`.
 */
export const BINARY = 'ramble.node';

/**
 * Returns the folder of the binary for a target of `targets.mjs`, relative to the addon's package:
 * `prebuilds/linux-x64`.
 */
export function folderOf(target) {
  return `${target === COMMITTED ? 'prebuilds' : 'build'}/${target.name}`;
}

/**
 * Returns the path of the record of all binaries that are not committed: the sha256 and size that a build must produce.
 */
export function othersOf(addon) {
  return join(addon.folder, 'prebuilds/others.json');
}

/** Returns the path of a binary's manifest: a JSON file with its sha256, and the compiler and linker that made it. */
export function manifestOf(binary) {
  return `${binary}.json`;
}

/**
 * Returns the path of the generated module with the hashes of the sources. A binary is loaded only if it contains them.
 */
export function hashModuleOf(addon) {
  return join(addon.folder, addon.hashModule);
}

/** Returns a binary's sha256 in hexadecimal. */
export function hashBytes(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Returns the SHA-256 of everything that determines an addon's binary: its C++ sources, and the modules with the
 * compiler's flags.
 */
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

/** Returns the paths of the addon's sources, relative to the package's folder `cpp`. */
function sourceFiles(addon) {
  return readdirSync(join(addon.folder, 'cpp'), { recursive: true })
    .filter((name) => /\.(h|cc|json)$/.test(name))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}
