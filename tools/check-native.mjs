/**
 * Checks the addons that packages ship. The committed binary: its sha256 equals its manifest's, it is made of the
 * sources in this clone, the generated files match the descriptions, it is small, it needs no glibc newer than 2.28,
 * and no other binary is committed. The others: what is written down of them is of the same sources, for every
 * target of `addons/targets.mjs`. `npm run check:native` passes `--rebuild`: it also compiles the sources and compares
 * every byte, which needs the compiler and the linker that `addons/addons.mjs` pins; with others it fails, as a changed
 * binary could pass. With `--all` as well, it does the same for every other target, reads what each binary needs and
 * gives, and keeps it to be packed. For these it downloads zig, and says that they are skipped where that fails.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

import {
  BINARY,
  folderOf,
  hashBytes,
  hashModuleOf,
  hashSources,
  manifestOf,
  othersOf,
} from './addons/addon-files.mjs';
import { ADDONS, PINNED } from './addons/addons.mjs';
import { compileAddon } from './addons/compile-addon.mjs';
import { toolchain } from './addons/compiler.mjs';
import { readBinary } from './addons/read-binary.mjs';
import { COMMITTED, TARGETS, ZIG } from './addons/targets.mjs';

const PLACE = folderOf(COMMITTED);
const BUILD = 'npm run build:native';
const REMEDY = 'run npm run prebuild on linux-x64';
const REMEDY_OF_OTHERS = 'run npm run prebuild -- --all on linux-x64';

/** The libraries that a binary may need: parts of the system. */
const LIBRARIES = {
  glibc: /^(lib(c\.so\.6|pthread\.so\.0|dl\.so\.2)|ld-linux-x86-64\.so\.2)$/,
  musl: /^libc\.so$/,
  darwin: /^\/usr\/lib\/libSystem\.B\.dylib$/,
  win32: /^(KERNEL32|api-ms-win-crt-(heap|string)-l1-1-0)\.dll$/,
};

const { values } = parseArgs({
  options: {
    rebuild: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    addon: { type: 'string' },
    file: { type: 'string' },
    others: { type: 'string' },
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
  checkNeeds(addon, COMMITTED, binary);
  const others = parse(addon, read(addon, values.others ?? othersOf(addon)));
  checkOthers(addon, others);
  if (!values.rebuild) return;
  await compareWithBuild(addon, binary);
  if (values.all) await compareOthers(addon, others);
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
    throw new Error(`${nameOf(addon)}: a manifest is not JSON; ${REMEDY}`);
  }
}

/** Checks that `prebuilds` has the committed binary, its manifest and others.json, and no other files. */
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

/** Checks that the generated C++ and TypeScript files match the descriptions (`*.op.json`) next to the kernels. */
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
  const got = hashBytes(binary);
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
}

/** Checks a binary's system and processor, size, required libraries and symbols, and exports. */
function checkNeeds(addon, target, bytes) {
  const name = `${addon.name} for ${target.name}`;
  const { os, cpu, libraries, needs, exports, isSigned } = readBinary(bytes);
  if (os !== target.os || cpu !== target.cpu) {
    throw new Error(`${name}: expected a binary for ${target.name}, got one for ${os}-${cpu}`);
  }
  if (bytes.length > addon.maxBytes) {
    throw new Error(`${name}: expected at most ${addon.maxBytes} bytes, got ${bytes.length}`);
  }
  const known = LIBRARIES[target.libc ?? target.os];
  const foreign = libraries.find((library) => !known.test(library));
  if (foreign !== undefined) throw new Error(`${name}: expected no ${foreign}`);
  const { symbols } = createRequire(import.meta.url)('node-api-headers');
  const ofNode = [...symbols.v8.node_api_symbols, ...symbols.v8.js_native_api_symbols];
  const newer = needs.find((symbol) => symbol.startsWith('napi_') && !ofNode.includes(symbol));
  if (newer !== undefined) throw new Error(`${name}: expected Node-API 8, got ${newer}`);
  const ofCpp = needs.find((symbol) => /^_?_Z|^__cxa_(?!finalize)/.test(symbol));
  if (ofCpp !== undefined) throw new Error(`${name}: expected no C++ library, got ${ofCpp}`);
  if (!exports.includes('napi_register_module_v1')) {
    throw new Error(`${name}: expected napi_register_module_v1 among its exports`);
  }
  if (target.name === 'darwin-arm64' && !isSigned) {
    throw new Error(`${name}: expected a signature, which macOS requires on arm64`);
  }
  const text = bytes.toString('latin1');
  for (const [version, minor] of text.matchAll(/GLIBC_2\.(\d+)/g)) {
    if (Number(minor) > 28) {
      throw new Error(`${name}: expected at most GLIBC_2.28, got ${version}`);
    }
  }
  // This table of relocations needs glibc 2.36.
  if (text.includes('GLIBC_ABI_DT_RELR')) throw new Error(`${name}: expected no DT_RELR`);
}

/**
 * Checks that others.json was written for the current sources and lists all targets whose binaries are not committed.
 */
function checkOthers(addon, { sources, targets }) {
  const name = `packages/${basename(addon.folder)}/prebuilds/others.json`;
  const [expected, got] = [othersFor(addon).map((target) => target.name), Object.keys(targets)].map(
    (names) => names.join(', '),
  );
  if (got !== expected) {
    throw new Error(`${name}: expected ${expected}, got ${got}; ${REMEDY_OF_OTHERS}`);
  }
  if (sources !== hashSources(addon)) {
    throw new Error(
      `${name}: expected binaries of these sources, got older ones; ${REMEDY_OF_OTHERS}`,
    );
  }
}

/** Returns the targets for which an addon's binary is shipped but not committed. */
function othersFor(addon) {
  return TARGETS.filter(({ zig, addons }) => zig && addons.includes(addon.name));
}

/** Compiles the sources for every target whose binary is not committed, and compares the binaries with others.json. */
async function compareOthers(addon, { targets }) {
  const zig = await downloadedZig();
  if (zig === undefined) return;
  const work = mkdtempSync(join(tmpdir(), 'ramble-check-native-'));
  try {
    const compared = othersFor(addon).map(async (target) => {
      const path = join(work, target.name);
      await compileAddon(addon, path, { isStrict: true, target, zig });
      const bytes = readFileSync(path);
      checkNeeds(addon, target, bytes);
      const [{ sha256 }, got] = [targets[target.name], hashBytes(bytes)];
      if (got !== sha256) {
        throw new Error(
          `${addon.name} for ${target.name}: expected a build of sha256 ${sha256}, got ${got}; ${REMEDY_OF_OTHERS}`,
        );
      }
      keep(addon, target, bytes);
      console.error(`${addon.name}: ${bytes.length} bytes for ${target.name} are what zig makes`);
    });
    const failed = (await Promise.allSettled(compared)).find(({ reason }) => reason);
    if (failed) throw failed.reason;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Writes a binary and its manifest to the folder from which it is packed, like `npm run prebuild -- --all`. */
function keep(addon, target, bytes) {
  const folder = join(addon.folder, folderOf(target));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, BINARY), bytes);
  const manifest = { sha256: hashBytes(bytes), compiler: ZIG };
  writeFileSync(join(folder, manifestOf(BINARY)), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Returns the path of zig; `undefined` if it cannot be downloaded. */
async function downloadedZig() {
  try {
    const { findZig } = await import('./addons/zig.mjs');
    return await findZig();
  } catch (error) {
    console.error(`native: SKIPPED the binaries of other systems: ${error.message}`);
    return undefined;
  }
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
