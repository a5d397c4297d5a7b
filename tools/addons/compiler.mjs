/** The compiler of the addons, its flags, and what the bytes that it writes depend on. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** Folder of the headers of Node-API. */
export const nodeApiHeaders = createRequire(import.meta.url)('node-api-headers').include_dir;

/** Without the level of optimisation and the folders of headers. */
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
  `-I${import.meta.dirname}`,
];

/** For developers; a compiler that warns of other things is to build the addon nevertheless. */
export const strictFlags = ['-Wall', '-Wextra', '-Werror'];

/** @returns the name of one that runs: `$CXX`, g++ or clang++. */
export function findCompiler() {
  return [process.env.CXX, 'g++', 'clang++'].find(
    (name) => name && spawnSync(name, ['--version']).status === 0,
  );
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
