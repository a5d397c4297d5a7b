/**
 * Checks the native binary that the package ships: its sha256 is the manifest's, it is made of the
 * sources that are here, the generated files are what the descriptions say, it is small, and it needs nothing newer than glibc 2.28.
 * `npm run check:native` passes `--rebuild`: where compiler and linker are those of the manifest, it also
 * compiles the sources and compares every byte; elsewhere it says that it did not.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { compileNative, toolchain } from './compile-native.mjs';
import { generatedFiles } from './native-ops/generated-files.mjs';
import { hashModule, hashSources, manifestOf, nativeFolder } from './native-units.mjs';

const NAME = 'prebuilds/linux-x64';
const BUILD = 'npm run build:native';
const REMEDY = 'run npm run prebuild on linux-x64';
const { values } = parseArgs({
  options: {
    rebuild: { type: 'boolean', default: false },
    file: { type: 'string', default: join(nativeFolder, NAME, 'ramble.node') },
  },
});

try {
  checkGenerated();
  const binary = readFileSync(values.file);
  const manifest = JSON.parse(readFileSync(manifestOf(values.file), 'utf8'));
  checkBytes(binary, manifest);
  if (values.rebuild) compareWithBuild(binary, manifest);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** Both sides of the door are what the descriptions beside the kernels say. */
function checkGenerated() {
  for (const [file, text] of Object.entries(generatedFiles(nativeFolder))) {
    if (readFileSync(join(nativeFolder, file), 'utf8') === text) continue;
    throw new Error(
      `${file}: expected what the descriptions generate, got another text; run ${BUILD}`,
    );
  }
}

function checkBytes(binary, { sha256 }) {
  const got = createHash('sha256').update(binary).digest('hex');
  if (got !== sha256) {
    throw new Error(
      `${NAME}: expected the binary of sha256 ${sha256}, got ${got}: somebody changed it; ${REMEDY}`,
    );
  }
  const text = binary.toString('latin1');
  const hash = hashSources();
  if (!text.includes(hash) || !readFileSync(hashModule, 'utf8').includes(hash)) {
    throw new Error(`${NAME}: expected the binary of these sources, got an older one; ${REMEDY}`);
  }
  if (binary.length > 700_000) {
    throw new Error(`${NAME}: expected at most 700000 bytes, got ${binary.length}`);
  }
  for (const [version, minor] of text.matchAll(/GLIBC_2\.(\d+)/g)) {
    if (Number(minor) > 28) {
      throw new Error(`${NAME}: expected at most GLIBC_2.28, got ${version}`);
    }
  }
  // A table of relocations that glibc reads since 2.36.
  if (text.includes('GLIBC_ABI_DT_RELR')) throw new Error(`${NAME}: expected no DT_RELR`);
  if (/GLIBCXX_|CXXABI_/.test(text)) throw new Error(`${NAME}: expected no libstdc++`);
}

/** A binary that somebody changed together with its manifest differs from what the sources give. */
function compareWithBuild(binary, { compiler, linker }) {
  const here = toolchain();
  if (here.compiler !== compiler || here.linker !== linker) {
    console.error(
      `native: SKIPPED: the bytes were not compared with a build of the sources, which needs ` +
        `${compiler} and ${linker}; here are ${here.compiler} and ${here.linker}`,
    );
    return;
  }
  const work = mkdtempSync(join(tmpdir(), 'ramble-check-native-'));
  try {
    const path = join(work, 'ramble.node');
    compileNative(path, { isStrict: true });
    const built = readFileSync(path);
    if (!built.equals(binary)) {
      const at = built.findIndex((byte, i) => byte !== binary[i]);
      throw new Error(
        `${NAME}: expected the bytes that ${compiler} makes of these sources, got others from byte ` +
          `${at < 0 ? built.length : at} on; ${REMEDY}`,
      );
    }
    console.error(`native: ${binary.length} bytes are what ${compiler} makes of these sources`);
  } finally {
    rmSync(work, { recursive: true });
  }
}
