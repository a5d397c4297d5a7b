/**
 * `npm run build:native`: compiles the native engine's addon with nothing but a C++ compiler (`$CXX`,
 * g++ or clang++) into packages/native/build/ramble.node.
 * `npm run prebuild` passes `--prebuild`: into packages/native/prebuilds/<platform>-<arch>/, which the
 * package ships.
 * `--check` tells whether the shipped binary is made of the sources that are there, is small, and
 * needs nothing newer than glibc 2.28.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  commonFlags,
  findCompiler,
  hashSources,
  kernelUnits,
  nativeFolder,
  strictFlags,
} from './native-units.mjs';

const isPrebuild = process.argv.includes('--prebuild');
const hash = hashSources();
const hashModule = join(nativeFolder, 'src/addon/sources-sha256.gen.ts');
if (process.argv.includes('--check')) {
  checkShipped();
  process.exit();
}
const headers = createRequire(import.meta.url)('node-api-headers').include_dir;

const warnings = isPrebuild ? strictFlags : ['-w'];
const flags = [...commonFlags, ...warnings, '-O3', '-DNAPI_VERSION=8', `-I${headers}`];
const units = [
  ...['addon', 'dispatch', 'pool', 'scratch'].map((name) => ({
    name,
    source: join(nativeFolder, `cpp/${name}.cc`),
    flags: name === 'addon' ? [`-DRAMBLE_SOURCES_SHA256="${hash}"`] : [],
  })),
  ...kernelUnits,
];
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

const compiler = findCompiler();
if (compiler === undefined)
  fail('build:native: expected a C++ compiler (g++ or clang++), got none');
const work = mkdtempSync(join(tmpdir(), 'ramble-native-'));
try {
  const objects = units.map((unit) => {
    const object = join(work, `${unit.name}.o`);
    run([...flags, ...unit.flags, '-c', unit.source, '-o', object]);
    return object;
  });
  const place = isPrebuild ? join('prebuilds', `${process.platform}-${process.arch}`) : 'build';
  const target = join(nativeFolder, place, 'ramble.node');
  mkdirSync(join(nativeFolder, place), { recursive: true });
  // A running process keeps the binary that it has.
  run(['-shared', '-pthread', ...objects, ...link, '-o', `${target}.new`]);
  renameSync(`${target}.new`, target);
  writeFileSync(hashModule, `// npm run build:native\nexport const SOURCES_SHA256 = '${hash}';\n`);
  console.error(`build:native: wrote packages/native/${place}/ramble.node`);
} finally {
  rmSync(work, { recursive: true });
}

function run(args) {
  const result = spawnSync(compiler, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) fail(`build:native: ${compiler} failed; see above`);
}

function checkShipped() {
  const binary = readFileSync(join(nativeFolder, 'prebuilds/linux-x64/ramble.node'), 'latin1');
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
  // A table of relocations that glibc reads since 2.36.
  if (binary.includes('GLIBC_ABI_DT_RELR')) fail('prebuilds/linux-x64: expected no DT_RELR');
  if (/GLIBCXX_|CXXABI_/.test(binary)) fail('prebuilds/linux-x64: expected no libstdc++');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
