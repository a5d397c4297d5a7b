/**
 * `npm run build:native`: compiles the native engine's addon with nothing but a C++ compiler (`$CXX`,
 * g++ or clang++), with both sides of its door generated from the descriptions, into packages/native/build/ramble.node, and writes beside it a manifest with its
 * sha256, which the loader checks.
 * `npm run prebuild` passes `--prebuild`: into packages/native/prebuilds/<platform>-<arch>/, which the
 * package ships.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { compileNative, toolchain } from './compile-native.mjs';
import { generatedFiles } from './native-ops/generated-files.mjs';
import { hashModule, hashSources, manifestOf, nativeFolder } from './native-units.mjs';

const isPrebuild = process.argv.includes('--prebuild');
const place = isPrebuild ? join('prebuilds', `${process.platform}-${process.arch}`) : 'build';
const target = join(nativeFolder, place, 'ramble.node');
try {
  for (const [file, text] of Object.entries(generatedFiles(nativeFolder))) {
    writeFileSync(join(nativeFolder, file), text);
  }
  mkdirSync(join(nativeFolder, place), { recursive: true });
  // A running process keeps the binary that it has.
  compileNative(`${target}.new`, { isStrict: isPrebuild });
  const sha256 = createHash('sha256')
    .update(readFileSync(`${target}.new`))
    .digest('hex');
  const manifest = { sha256, ...toolchain() };
  writeFileSync(manifestOf(target), `${JSON.stringify(manifest, undefined, 2)}\n`);
  renameSync(`${target}.new`, target);
  writeFileSync(
    hashModule,
    `// npm run build:native\nexport const SOURCES_SHA256 = '${hashSources()}';\n`,
  );
  console.error(`build:native: wrote packages/native/${place}/ramble.node`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
