/**
 * How the native engine's C++ is compiled: the compiler, its flags and the units. What
 * `compile-native.mjs` and `sanitize-native.mjs` share.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const nativeFolder = fileURLToPath(new URL('../packages/native/', import.meta.url));

/** Tells the loader of which sources a binary must be made. */
export const hashModule = join(nativeFolder, 'src/addon/sources-sha256.gen.ts');

/** Path of what is known of a binary: its sha256, and the compiler and linker that made it. */
export function manifestOf(binary) {
  return `${binary}.json`;
}

/** Without the level of optimisation. */
export const commonFlags = [
  '-std=c++17',
  '-fPIC',
  '-pthread',
  '-fvisibility=hidden',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-threadsafe-statics',
  '-fno-asynchronous-unwind-tables',
  // None of these changes what becomes of NaN or infinity.
  '-fno-math-errno',
  '-fno-trapping-math',
  '-ffp-contract=fast',
  `-I${join(nativeFolder, 'cpp')}`,
];

/** For developers; a compiler that warns of other things is to build the addon nevertheless. */
export const strictFlags = ['-Wall', '-Wextra', '-Werror'];

const instructionSets = {
  x64: {
    avx512: [
      '-mavx512f',
      '-mavx512vl',
      '-mavx512dq',
      '-mavx512bw',
      '-mfma',
      '-mprefer-vector-width=512',
    ],
    avx2: ['-mavx2', '-mfma', '-mf16c'],
    portable: ['-Os'], // rarely runs, and the binary is to stay small
  },
}[process.arch] ?? { portable: [] };

/** The units that are compiled once, below the package's `cpp`. */
export const plainUnits = {
  addon: 'door/addon.cc',
  dispatch: 'dispatch/dispatch.cc',
  pool: 'pool/pool.cc',
  scratch: 'pool/scratch.cc',
};

/** The kernels, once for every instruction set of the architecture. */
export const kernelUnits = Object.entries(instructionSets).map(([name, flags]) => ({
  name: `kernels-${name}`,
  source: join(nativeFolder, 'cpp/dispatch/kernels.cc'),
  flags: [...flags, `-DRAMBLE_ISA=${name}`, `-DRAMBLE_ISA_NAME="${name}"`],
}));

/** @returns the name of one that runs: `$CXX`, g++ or clang++. */
export function findCompiler() {
  return [process.env.CXX, 'g++', 'clang++'].find(
    (name) => name && spawnSync(name, ['--version']).status === 0,
  );
}

/** Paths, below the package's `cpp`, of the files that the addon is made of. */
export function sourceFiles() {
  return readdirSync(join(nativeFolder, 'cpp'), { recursive: true })
    .filter((name) => /\.(h|cc|json)$/.test(name))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

/** Of every file that the addon is made of, the flags included. */
export function hashSources() {
  const sum = createHash('sha256');
  for (const name of sourceFiles()) {
    sum.update(`${name}\0`).update(readFileSync(join(nativeFolder, 'cpp', name)));
  }
  for (const tool of ['native-units.mjs', 'compile-native.mjs']) {
    sum.update(readFileSync(new URL(tool, import.meta.url)));
  }
  return sum.digest('hex');
}
