/**
 * Compiles the native engine's addon. The same sources, compiler and linker give the same bytes, in
 * whatever folder: `check-native.mjs` holds the shipped binary to that.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  commonFlags,
  findCompiler,
  hashSources,
  kernelUnits,
  nativeFolder,
  plainUnits,
  strictFlags,
} from './native-units.mjs';

const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
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
 * @param target - The file to write.
 * @param isStrict - Whether a warning is an error, as it is for the binary that is shipped.
 */
export function compileNative(target, { isStrict }) {
  const compiler = findCompiler();
  if (compiler === undefined) {
    throw new Error('build:native: expected a C++ compiler (g++ or clang++), got none');
  }
  const run = (args) => {
    const { status } = spawnSync(compiler, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error(`build:native: ${compiler} failed; see above`);
  };
  const warnings = isStrict ? strictFlags : ['-w'];
  const flags = [...commonFlags, ...warnings, '-O3', '-DNAPI_VERSION=8', `-I${headers}`];
  const units = [
    ...Object.entries(plainUnits).map(([name, source]) => ({
      name,
      source: join(nativeFolder, 'cpp', source),
      flags: name === 'addon' ? [`-DRAMBLE_SOURCES_SHA256="${hashSources()}"`] : [],
    })),
    ...kernelUnits,
  ];
  const work = mkdtempSync(join(tmpdir(), 'ramble-native-'));
  try {
    const objects = units.map((unit) => {
      const object = join(work, `${unit.name}.o`);
      run([...flags, ...unit.flags, '-c', unit.source, '-o', object]);
      return object;
    });
    run(['-shared', '-pthread', ...objects, ...link, '-o', target]);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** What the bytes of a binary depend on beside the sources: compiler and linker with their versions. */
export function toolchain() {
  const firstLine = (words) =>
    spawnSync(words[0], words.slice(1), { encoding: 'utf8' }).stdout.split('\n')[0].trim();
  const compiler = findCompiler();
  if (compiler === undefined) return { compiler: 'none', linker: 'none' };
  const linker = firstLine([compiler, '-print-prog-name=ld']);
  return {
    compiler: firstLine([compiler, '--version']),
    linker: firstLine([linker, process.platform === 'darwin' ? '-v' : '--version']),
  };
}
