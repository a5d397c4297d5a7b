/** Paths of an addon's files, and the hash of all sources of its binary. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Path of the addon below its package: `prebuilds/<platform>-<arch>` or `build`. */
export const BINARY = 'ramble.node';

/** Path of what is known of a binary: its sha256, and the compiler and linker that made it. */
export function manifestOf(binary) {
  return `${binary}.json`;
}

/** Path of the module with the hashes of the sources, which the loader requires of a binary. */
export function hashModuleOf(addon) {
  return join(addon.folder, addon.hashModule);
}

/** Of every file that the addon is made of, the flags included. */
export function hashSources(addon) {
  const sum = createHash('sha256');
  for (const name of sourceFiles(addon)) {
    sum.update(`${name}\0`).update(readFileSync(join(addon.folder, 'cpp', name)));
  }
  for (const name of ['compiler.mjs', 'compile-addon.mjs', 'old-glibc.h', addon.description]) {
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
