/**
 * Compiles an addon. The same sources, compiler and linker give the same bytes, in whatever folder:
 * `check-native.mjs` holds the binaries to that.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { BINARY, hashSources } from './addon-files.mjs';
import { commonFlags, findCompiler, nodeApiHeaders, strictFlags } from './compiler.mjs';
import { HERE } from './targets.mjs';

/**
 * @param addon - One of `addons.mjs`.
 * @param file - The file to write.
 * @param isStrict - Whether a warning is an error, as it is for the binary that is shipped.
 * @param target - One of `targets.mjs`; by default this system.
 * @param zig - Path of the compiler of zig; without it, this system's compiler.
 */
export async function compileAddon(addon, file, { isStrict, target = HERE, zig }) {
  const compilers = zig ? zigCompilers(zig, target) : ownCompilers();
  const flags = [
    ...commonFlags,
    ...(isStrict ? strictFlags : ['-w']),
    '-O3',
    '-DNAPI_VERSION=8',
    `-I${nodeApiHeaders}`,
    `-I${join(addon.folder, 'cpp')}`,
    ...target.flags,
  ];
  const hash = `-DRAMBLE_SOURCES_SHA256="${hashSources(addon)}"`;
  const work = mkdtempSync(join(tmpdir(), 'ramble-native-'));
  try {
    const compiled = addon.units(target).map(async (unit) => {
      const object = join(work, `${unit.name}.o`);
      const own = unit.name === 'addon' ? [hash] : unit.flags;
      await run(compilers, compilers.compile, [...flags, ...own, '-c', unit.source, '-o', object]);
      return object;
    });
    // All end before the folder is removed.
    const failed = (await Promise.allSettled(compiled)).find(({ reason }) => reason);
    if (failed) throw failed.reason;
    const objects = await Promise.all(compiled);
    // Linkers of macOS and Windows write the file's name into it.
    const linked = join(work, BINARY);
    const words = ['-shared', ...objects, ...compilers.words, ...target.link, '-o', linked];
    await run(compilers, compilers.link, words);
    copyFileSync(linked, file);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function ownCompilers() {
  const compiler = findCompiler();
  if (compiler === undefined) {
    throw new Error('build:native: expected a C++ compiler (g++ or clang++), got none');
  }
  return { compile: [compiler], link: [compiler], words: ['-pthread'], env: {} };
}

/** Links as C: nothing of a C++ library is in use but its headers. */
function zigCompilers(zig, { zig: name }) {
  const cache = join(dirname(zig), 'cache');
  return {
    compile: [zig, 'c++', '-target', name],
    link: [zig, 'cc', '-target', name],
    // The level leaves out zig's checks of undefined behaviour.
    words: ['-pthread', '-O3', '-s'],
    env: {
      ZIG_GLOBAL_CACHE_DIR: cache,
      ZIG_LOCAL_CACHE_DIR: cache,
      SOURCE_DATE_EPOCH: '0', // else the file for Windows has the time in it
    },
  };
}

let running = 0;
const waiting = [];

/** Runs a compiler when a processor is free. */
async function run({ env }, [program, ...first], args) {
  if (running === availableParallelism()) await new Promise((resolve) => waiting.push(resolve));
  else running++;
  try {
    const child = spawn(program, [...first, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [status] = await once(child, 'close');
    if (status !== 0) throw new Error(`build:native: ${program} failed; see above`);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}
