/**
 * `npm run build:native`: compiles the addons (`tools/addons`) with only a C++ compiler (`$CXX`, g++ or clang++)
 * into the package's build/ramble.node. Both sides of the native engine's interface are generated from the
 * descriptions. Writes a manifest next to the binary with its sha256, which the loader checks.
 * `npm run prebuild` passes `--prebuild`: into prebuilds/linux-x64/, which is committed. With `--all` or
 * `--target NAME` it compiles for other systems too, with zig, into build/NAME/, and writes down their sha256 in
 * prebuilds/others.json, which `npm run check:native` compares.
 *   build-native.mjs [--prebuild [--all | --target NAME …]] [addon …]
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
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
import { COMMITTED, TARGETS, ZIG } from './addons/targets.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prebuild: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    target: { type: 'string', multiple: true },
  },
});
try {
  const names = positionals.length > 0 ? positionals : ADDONS.map(({ name }) => name);
  const addons = ADDONS.filter(({ name }) => names.includes(name));
  const targets = wantedTargets();
  if (targets.includes(COMMITTED)) checkPinned();
  for (const addon of addons) writeGenerated(addon);
  if (!values.prebuild) for (const addon of addons) await buildHere(addon, 'build');
  if (targets.includes(COMMITTED)) {
    for (const addon of addons) await buildHere(addon, folderOf(COMMITTED));
  }
  await crossBuild(
    addons,
    targets.filter((target) => target.zig),
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function wantedTargets() {
  if (!values.prebuild) return [];
  if (values.all) return TARGETS;
  const names = values.target ?? [COMMITTED.name];
  return names.map((name) => {
    const found = TARGETS.find((target) => target.name === name);
    if (found !== undefined) return found;
    const known = TARGETS.map((target) => target.name).join(', ');
    throw new Error(`--target: expected one of ${known}, got ${name}`);
  });
}

/**
 * @throws Error unless this machine's compiler and linker are the pinned ones, with which the shipped binary is
 * compared.
 */
function checkPinned() {
  const { compiler, linker } = toolchain();
  if (compiler === PINNED.compiler && linker === PINNED.linker) return;
  throw new Error(
    `prebuild: expected ${PINNED.compiler} and ${PINNED.linker}, got ${compiler} and ${linker}; run it on Debian 12, ` +
      'or pin these in tools/addons/addons.mjs and build every addon',
  );
}

function writeGenerated(addon) {
  for (const [file, text] of Object.entries(addon.generated())) {
    writeFileSync(join(addon.folder, file), text);
  }
  writeFileSync(
    hashModuleOf(addon),
    `// npm run build:native\nexport const SOURCES_SHA256 = '${hashSources(addon)}';\n`,
  );
}

async function buildHere(addon, place) {
  await build(addon, place, { isStrict: values.prebuild }, toolchain());
}

/** Compiles all addons for all targets at the same time. */
async function crossBuild(addons, targets) {
  if (targets.length === 0) return;
  const { findZig } = await import('./addons/zig.mjs');
  const zig = await findZig();
  await Promise.all(
    addons.map(async (addon) => {
      const own = targets.filter(({ addons: names }) => names.includes(addon.name));
      const made = await Promise.all(
        own.map(async (target) => {
          const options = { isStrict: true, target, zig };
          return [target.name, await build(addon, folderOf(target), options, { compiler: ZIG })];
        }),
      );
      writeOthers(addon, Object.fromEntries(made));
    }),
  );
}

/** Compiles an addon and writes it with its manifest. @returns its sha256 and its size. */
async function build(addon, place, options, compilers) {
  const file = join(addon.folder, place, BINARY);
  mkdirSync(join(addon.folder, place), { recursive: true });
  // A running process keeps its binary.
  await compileAddon(addon, `${file}.new`, options);
  const bytes = readFileSync(`${file}.new`);
  const sha256 = hashBytes(bytes);
  writeJson(manifestOf(file), { sha256, ...compilers });
  renameSync(`${file}.new`, file);
  console.error(`build:native: wrote packages/${basename(addon.folder)}/${place}/${BINARY}`);
  return { sha256, bytes: bytes.length };
}

/** Records the built binaries in others.json. Records of other targets are kept if they are of the same sources. */
function writeOthers(addon, made) {
  const sources = hashSources(addon);
  let known = {};
  try {
    const before = JSON.parse(readFileSync(othersOf(addon), 'utf8'));
    if (before.sources === sources) known = before.targets;
  } catch {
    // The first build.
  }
  const all = { ...known, ...made };
  const targets = TARGETS.filter(({ name }) => all[name]).map(({ name }) => [name, all[name]]);
  writeJson(othersOf(addon), { sources, targets: Object.fromEntries(targets) });
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
