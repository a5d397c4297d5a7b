/**
 * A contestant in a row of the benchmark: a program that measures once for every line on its
 * standard input (`for-turns.mjs`, `tools/peers/turns.py`). `isPeer` marks programs outside of this
 * repository.
 */
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { findCompiler } from '../addons/compiler.mjs';

/** Version of BLIS, as in tools/peers/blis.py. */
const BLIS = 'libblis4-pthread=0.9.0-1';

/** Returns the command of a script of this folder. */
export function node(script, ...args) {
  return { isPeer: false, command: () => [process.execPath, pathOf(script), ...args] };
}

/** Returns the command of a script of tools/peers that runs in Node and installs its peer first. */
export function nodePeer(script, ...args) {
  const command = () => [process.execPath, pathOf(`../peers/${script}`), ...args];
  return { isPeer: true, command };
}

/** Returns the command of a Python script of tools/peers; tools/peers/run installs its packages first. */
export function pythonPeer(script, ...args) {
  return { isPeer: true, command: () => [pathOf('../peers/run'), script, ...args] };
}

/**
 * Returns the contestant that measures matrix products of BLIS. It is left out if apt lacks the version of
 * tools/peers/blis.py.
 */
export function blis() {
  const command = () => {
    const { stdout } = spawnSync('apt-cache', ['show', BLIS]);
    if (stdout?.length > 0) return pythonPeer('products.py', 'blis').command();
    console.error(`blis: left out; apt has no ${BLIS}`);
    return undefined;
  };
  return { isPeer: true, command };
}

/** Returns training by tfjs-node, if `npm run setup:tensorflow` has set it up. */
export function tfjsNode(model, steps) {
  const command = () => {
    const load = 'import("@tensorflow/tfjs-node").catch(() => process.exit(1))';
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
    const cwd = import.meta.dirname;
    if (spawnSync(process.execPath, ['-e', load], { cwd, env }).status === 0)
      return node('train-step.mjs', 'tfjs-node', model, String(steps)).command();
    console.error('tfjs-node: left out; npm run setup:tensorflow sets it up');
    return undefined;
  };
  return { isPeer: true, command };
}

/** Returns a C++ program of this folder, compiled for this processor into the run's own folder. */
export function compiled(name) {
  const command = ({ folder, threads }) => {
    if (findCompiler()) return [compile(`${name}.cc`, folder), String(threads)];
    console.error(`${name}.cc: left out; it needs a C++ compiler (g++ or clang++)`);
    return undefined;
  };
  return { isPeer: false, command };
}

/**
 * Compiles a C++ file of this folder for this processor.
 *
 * @param words - Further sources and flags.
 * @returns the path of the program, in the folder.
 * @throws Error if no compiler is installed, or it fails.
 */
export function compile(file, folder, words = []) {
  const compiler = findCompiler();
  if (!compiler) throw new Error(`${file}: no C++ compiler was found; install g++ or clang++`);
  const program = join(folder, basename(file, '.cc'));
  const flags = ['-std=c++17', '-O3', '-march=native', '-fno-math-errno', '-pthread'];
  const { status } = spawnSync(compiler, [...flags, pathOf(file), ...words, '-o', program], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`${file}: ${compiler} failed; see above`);
  return program;
}

function pathOf(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}
