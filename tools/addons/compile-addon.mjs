/**
 * Compiles an addon. The same sources, compiler and linker give the same bytes, in whatever folder:
 * `check-native.mjs` holds the shipped binaries to that.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hashSources } from './addon-files.mjs';
import { commonFlags, findCompiler, nodeApiHeaders, strictFlags } from './compiler.mjs';

const link =
  process.platform === 'darwin'
    ? ['-undefined', 'dynamic_lookup']
    : [
        '-static-libstdc++',
        '-static-libgcc',
        '-Wl,-z,nodelete,-z,noseparate-code',
        '-Wl,--gc-sections',
        '-s',
      ];

/**
 * @param addon - One of `addons.mjs`.
 * @param target - The file to write.
 * @param isStrict - Whether a warning is an error, as it is for the binary that is shipped.
 */
export function compileAddon(addon, target, { isStrict }) {
  const compiler = findCompiler();
  if (compiler === undefined) {
    throw new Error('build:native: expected a C++ compiler (g++ or clang++), got none');
  }
  const run = (args) => {
    const { status } = spawnSync(compiler, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error(`build:native: ${compiler} failed; see above`);
  };
  const flags = [
    ...commonFlags,
    ...(isStrict ? strictFlags : ['-w']),
    '-O3',
    '-DNAPI_VERSION=8',
    `-I${nodeApiHeaders}`,
    `-I${join(addon.folder, 'cpp')}`,
  ];
  const hash = `-DRAMBLE_SOURCES_SHA256="${hashSources(addon)}"`;
  const work = mkdtempSync(join(tmpdir(), 'ramble-native-'));
  try {
    const objects = addon.units.map((unit) => {
      const object = join(work, `${unit.name}.o`);
      const own = unit.name === 'addon' ? [hash] : unit.flags;
      run([...flags, ...own, '-c', unit.source, '-o', object]);
      return object;
    });
    run(['-shared', '-pthread', ...objects, ...link, '-o', target]);
  } finally {
    rmSync(work, { recursive: true });
  }
}
