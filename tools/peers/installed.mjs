import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

/** Packages of llama.cpp, with the binary for this system and without binaries for GPUs. */
export const LLAMA_CPP = {
  name: 'node-llama-cpp',
  version: '3.22.1',
  others: [`@node-llama-cpp/${process.platform}-${process.arch}`],
  main: 'dist/index.js',
  omit: ['optional'],
};

/** The packages of transformers.js, whose ONNX Runtime brings its binary for CPUs. */
export const TRANSFORMERS_JS = {
  name: '@huggingface/transformers',
  version: '4.3.2',
  others: [],
  main: 'dist/transformers.node.mjs',
  omit: [],
};

/** Returns ramble's cache folder. */
export function cacheFolder() {
  return (
    process.env.RAMBLE_CACHE ||
    join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ramble')
  );
}

function homeOf({ name, version }) {
  return join(cacheFolder(), `${name.split('/').at(-1)}-${version}`);
}

/** Returns the path of a package's module; the first call installs it into ramble's cache folder. */
export function installed({ name, version, others, main, omit }) {
  const home = homeOf({ name, version });
  const folderOf = (each) => join(home, 'node_modules', each);
  for (const each of [name, ...others].filter((each) => !existsSync(folderOf(each)))) {
    console.error(`peers: installing ${each} …`);
    mkdirSync(home, { recursive: true });
    const manifest = join(home, 'package.json');
    if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
    const options = [
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      ...omit.map((o) => `--omit=${o}`),
    ];
    execFileSync('npm', ['install', ...options, `${each}@${version}`], {
      cwd: home,
      stdio: ['ignore', 2, 2],
    });
  }
  return join(folderOf(name), main);
}

/**
 * Returns the path of the module in a copy of llama.cpp that has only one CPU backend, because llama.cpp always uses
 * the best backend for the processor.
 *
 * @param backend - Name of a processor whose instructions it uses, such as `haswell` for AVX2.
 */
export function llamaCppWith(backend) {
  const home = `${homeOf(LLAMA_CPP)}-${backend}`;
  if (!existsSync(home)) {
    installed(LLAMA_CPP);
    const copy = `${home}.${process.pid}`;
    cpSync(homeOf(LLAMA_CPP), copy, { recursive: true });
    for (const file of readdirSync(copy, { recursive: true })) {
      const [, name] = /^libggml-cpu-(.*)\.so$/.exec(basename(file)) ?? [];
      if (name !== undefined && name !== backend) rmSync(join(copy, file));
    }
    renameSync(copy, home);
  }
  return join(home, 'node_modules', LLAMA_CPP.name, LLAMA_CPP.main);
}
