/**
 * Checks the addons that packages ship: the sha256 of a binary equals its manifest's, it is made of the sources in
 * this clone, the generated files match the descriptions, it is small, it needs no glibc newer than 2.28, and no
 * other binary is shipped. `npm run check:native` passes `--rebuild`: it also compiles the sources and compares
 * every byte. That needs the compiler and the linker that `addons/addons.mjs` pins; with others it fails, as a
 * changed binary could pass.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

import { BINARY, hashModuleOf, hashSources, manifestOf } from './addons/addon-files.mjs';
import { ADDONS, PINNED } from './addons/addons.mjs';
import { compileAddon } from './addons/compile-addon.mjs';
import { toolchain } from './addons/compiler.mjs';

const PLACE = 'prebuilds/linux-x64';
const BUILD = 'npm run build:native';
const REMEDY = 'run npm run prebuild on linux-x64';
const { values } = parseArgs({
  options: {
    rebuild: { type: 'boolean', default: false },
    addon: { type: 'string' },
    file: { type: 'string' },
  },
});

try {
  for (const addon of ADDONS) {
    if ((values.addon ?? addon.name) === addon.name) await check(addon);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function check(addon) {
  checkGenerated(addon);
  const file = values.file ?? join(addon.folder, PLACE, BINARY);
  checkFiles(addon);
  const binary = read(addon, file);
  const manifest = parse(addon, read(addon, manifestOf(file)));
  checkBytes(addon, binary, manifest);
  if (values.rebuild) await compareWithBuild(addon, binary);
}

function read(addon, file) {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${nameOf(addon)}: ${file} cannot be read (${error.code}); ${REMEDY}`);
  }
}

function parse(addon, bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new Error(`${nameOf(addon)}: the manifest is not JSON; ${REMEDY}`);
  }
}

/** Checks that no binary is shipped for another system, where it could not be compared. */
function checkFiles(addon) {
  const expected = [BINARY, manifestOf(BINARY)].map((name) => `${PLACE}/${name}`);
  expected.push('prebuilds/others.json');
  const folder = join(addon.folder, 'prebuilds');
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(addon.folder, join(entry.parentPath ?? entry.path, entry.name)))
    .map((name) => name.replaceAll('\\', '/'));
  const other = found.find((name) => !expected.includes(name));
  if (other !== undefined) {
    throw new Error(
      `packages/${basename(addon.folder)}/${other}: expected ${PLACE} alone, got another file`,
    );
  }
}

/** Checks that both sides of an interface to C++ equal the descriptions next to the kernels. */
function checkGenerated(addon) {
  for (const [file, text] of Object.entries(addon.generated())) {
    if (readFileSync(join(addon.folder, file), 'utf8') === text) continue;
    throw new Error(
      `${file}: expected what the descriptions generate, got another text; run ${BUILD}`,
    );
  }
}

function checkBytes(addon, binary, { sha256, compiler, linker }) {
  const name = nameOf(addon);
  if (compiler !== PINNED.compiler || linker !== PINNED.linker) {
    throw new Error(
      `${name}: expected a manifest that names ${PINNED.compiler} and ${PINNED.linker}, as tools/addons/addons.mjs ` +
        `does, got ${compiler} and ${linker}; ${REMEDY}`,
    );
  }
  const got = createHash('sha256').update(binary).digest('hex');
  if (got !== sha256) {
    throw new Error(
      `${name}: expected the binary of sha256 ${sha256}, got ${got}: somebody changed it; ${REMEDY}`,
    );
  }
  const text = binary.toString('latin1');
  const hash = hashSources(addon);
  if (!text.includes(hash) || !readFileSync(hashModuleOf(addon), 'utf8').includes(hash)) {
    throw new Error(`${name}: expected the binary of these sources, got an older one; ${REMEDY}`);
  }
  if (binary.length > addon.maxBytes) {
    throw new Error(`${name}: expected at most ${addon.maxBytes} bytes, got ${binary.length}`);
  }
  for (const [version, minor] of text.matchAll(/GLIBC_2\.(\d+)/g)) {
    if (Number(minor) > 28) {
      throw new Error(`${name}: expected at most GLIBC_2.28, got ${version}`);
    }
  }
  // This table of relocations needs glibc 2.36.
  if (text.includes('GLIBC_ABI_DT_RELR')) throw new Error(`${name}: expected no DT_RELR`);
  if (/GLIBCXX_|CXXABI_/.test(text)) throw new Error(`${name}: expected no libstdc++`);
}

/** Compares a binary with a build, which detects a binary that was changed together with its manifest. */
async function compareWithBuild(addon, binary) {
  const name = nameOf(addon);
  const { compiler, linker } = PINNED;
  const here = toolchain();
  if (here.compiler !== compiler || here.linker !== linker) {
    throw new Error(
      `${name}: the bytes cannot be compared with a build of the sources, which needs ${compiler} and ${linker}; ` +
        `here are ${here.compiler} and ${here.linker}. Run it on Debian 12, as in a container of node:20-bookworm; ` +
        'node tools/check-native.mjs checks all but the bytes',
    );
  }
  const work = mkdtempSync(join(tmpdir(), 'ramble-check-native-'));
  try {
    const path = join(work, BINARY);
    await compileAddon(addon, path, { isStrict: true });
    const built = readFileSync(path);
    if (!built.equals(binary)) {
      const at = built.findIndex((byte, i) => byte !== binary[i]);
      throw new Error(
        `${name}: expected the bytes that ${compiler} makes of these sources, got others from byte ` +
          `${at < 0 ? built.length : at} on; ${REMEDY}`,
      );
    }
    console.error(
      `${addon.name}: ${binary.length} bytes are what ${compiler} makes of these sources`,
    );
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Name of an addon's shipped binary in messages. */
function nameOf({ folder }) {
  return `packages/${basename(folder)}/${PLACE}`;
}
