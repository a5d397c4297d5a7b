/**
 * `npm run build:native`: compiles the addons (`tools/addons`) with only a C++ compiler (`$CXX`, g++ or clang++)
 * into the package's build/ramble.node. Both sides of the native engine's interface are generated from the
 * descriptions. Writes a manifest next to the binary with its sha256, which the loader checks. `npm run prebuild`
 * passes `--prebuild`: into prebuilds/<platform>-<arch>/, which the package ships.
 *   build-native.mjs [--prebuild] [addon …]
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

import { BINARY, hashModuleOf, hashSources, manifestOf } from './addons/addon-files.mjs';
import { ADDONS, PINNED } from './addons/addons.mjs';
import { compileAddon } from './addons/compile-addon.mjs';
import { toolchain } from './addons/compiler.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { prebuild: { type: 'boolean', default: false } },
});
try {
  if (values.prebuild) checkPinned();
  const names = positionals.length > 0 ? positionals : ADDONS.map(({ name }) => name);
  for (const addon of ADDONS.filter(({ name }) => names.includes(name))) build(addon);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** @throws Error unless the shipped binary can be compared with a build of the pinned compiler. */
function checkPinned() {
  const { compiler, linker } = toolchain();
  if (compiler === PINNED.compiler && linker === PINNED.linker) return;
  throw new Error(
    `prebuild: expected ${PINNED.compiler} and ${PINNED.linker}, got ${compiler} and ${linker}; run it on Debian 12, ` +
      'or pin these in tools/addons/addons.mjs and build every addon',
  );
}

function build(addon) {
  const place = values.prebuild
    ? join('prebuilds', `${process.platform}-${process.arch}`)
    : 'build';
  const target = join(addon.folder, place, BINARY);
  for (const [file, text] of Object.entries(addon.generated())) {
    writeFileSync(join(addon.folder, file), text);
  }
  mkdirSync(join(addon.folder, place), { recursive: true });
  // A running process keeps its binary.
  compileAddon(addon, `${target}.new`, { isStrict: values.prebuild });
  const sha256 = createHash('sha256')
    .update(readFileSync(`${target}.new`))
    .digest('hex');
  const manifest = { sha256, ...toolchain() };
  writeFileSync(manifestOf(target), `${JSON.stringify(manifest, undefined, 2)}\n`);
  renameSync(`${target}.new`, target);
  writeFileSync(
    hashModuleOf(addon),
    `// npm run build:native\nexport const SOURCES_SHA256 = '${hashSources(addon)}';\n`,
  );
  console.error(`build:native: wrote packages/${basename(addon.folder)}/${place}/${BINARY}`);
}
