/**
 * `npm run build:native`: compiles the native engine's addon with nothing but a C++ compiler (`$CXX`,
 * g++ or clang++) into packages/native/build/ramble.node.
 * `npm run prebuild` passes `--prebuild`: into packages/native/prebuilds/<platform>-<arch>/, which the
 * package ships.
 * `--check` tells whether the shipped binary is made of the sources that are there, is small, and
 * needs nothing newer than glibc 2.28.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../packages/native/', import.meta.url));
const isPrebuild = process.argv.includes('--prebuild');
const hash = hashSources();
const hashModule = join(folder, 'src/addon/sources-sha256.gen.ts');
if (process.argv.includes('--check')) {
  checkShipped();
  process.exit();
}
const headers = createRequire(import.meta.url)('node-api-headers').include_dir;

const common = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-pthread',
  '-fvisibility=hidden',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-threadsafe-statics',
  // None of these changes what becomes of NaN or infinity.
  '-fno-math-errno',
  '-fno-trapping-math',
  '-ffp-contract=fast',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-DNAPI_VERSION=8',
  `-I${headers}`,
];
/** The units of the addon: kernels.cc once for every instruction set of the architecture. */
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
    avx2: ['-mavx2', '-mfma'],
    portable: [],
  },
}[process.arch] ?? { portable: [] };
const units = [
  ...['addon', 'dispatch', 'pool', 'scratch'].map((name) => ({
    name,
    source: `${name}.cc`,
    flags: name === 'addon' ? [`-DRAMBLE_SOURCES_SHA256="${hash}"`] : [],
  })),
  ...Object.entries(instructionSets).map(([name, flags]) => ({
    name: `kernels-${name}`,
    source: 'kernels.cc',
    flags: [...flags, `-DRAMBLE_ISA=${name}`, `-DRAMBLE_ISA_NAME="${name}"`],
  })),
];
const link =
  process.platform === 'darwin'
    ? ['-undefined', 'dynamic_lookup']
    : ['-static-libstdc++', '-static-libgcc', '-Wl,-z,nodelete', '-Wl,--gc-sections', '-s'];

const compiler = [process.env.CXX, 'g++', 'clang++'].find(
  (name) => name && spawnSync(name, ['--version']).status === 0,
);
if (compiler === undefined)
  fail('build:native: expected a C++ compiler (g++ or clang++), got none');
const work = mkdtempSync(join(tmpdir(), 'ramble-native-'));
try {
  const objects = units.map(({ name, source, flags }) => {
    const object = join(work, `${name}.o`);
    run([...common, ...flags, '-c', join(folder, 'cpp', source), '-o', object]);
    return object;
  });
  const place = isPrebuild ? join('prebuilds', `${process.platform}-${process.arch}`) : 'build';
  const target = join(folder, place, 'ramble.node');
  mkdirSync(join(folder, place), { recursive: true });
  // A running process keeps the binary that it has.
  run(['-shared', '-pthread', ...objects, ...link, '-o', `${target}.new`]);
  renameSync(`${target}.new`, target);
  writeFileSync(hashModule, `// npm run build:native\nexport const SOURCES_SHA256 = '${hash}';\n`);
  console.error(`build:native: wrote packages/native/${place}/ramble.node`);
} finally {
  rmSync(work, { recursive: true });
}

function run(flags) {
  const result = spawnSync(compiler, flags, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) fail(`build:native: ${compiler} failed; see above`);
}

/** Of every file that the addon is made of, this one with its flags included. */
function hashSources() {
  const sum = createHash('sha256');
  for (const name of readdirSync(join(folder, 'cpp')).sort()) {
    sum.update(`${name}\0`).update(readFileSync(join(folder, 'cpp', name)));
  }
  sum.update(readFileSync(fileURLToPath(import.meta.url)));
  return sum.digest('hex');
}

function checkShipped() {
  const binary = readFileSync(join(folder, 'prebuilds/linux-x64/ramble.node'), 'latin1');
  const expected = 'run npm run prebuild on linux-x64';
  if (!binary.includes(hash) || !readFileSync(hashModule, 'utf8').includes(hash)) {
    fail(
      `prebuilds/linux-x64: expected the binary of these sources, got an older one; ${expected}`,
    );
  }
  if (binary.length > 500_000) {
    fail(`prebuilds/linux-x64: expected at most 500000 bytes, got ${binary.length}`);
  }
  for (const [version, minor] of binary.matchAll(/GLIBC_2\.(\d+)/g)) {
    if (Number(minor) > 28)
      fail(`prebuilds/linux-x64: expected at most GLIBC_2.28, got ${version}`);
  }
  if (/GLIBCXX_|CXXABI_/.test(binary)) fail('prebuilds/linux-x64: expected no libstdc++');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
