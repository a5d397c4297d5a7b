/**
 * `npm run format` and `npm run format:check`: formats the C++ of the addons by packages/native/.clang-format,
 * with clang-format compiled to WebAssembly, so that every machine gets the same text. With `--write` it rewrites
 * files; otherwise it names the files that differ and fails.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { format } from '@wasm-fmt/clang-format';

import { ADDONS } from './addons/addons.mjs';
import { nativeFolder } from './addons/native.mjs';

const writes = process.argv.includes('--write');
const root = join(import.meta.dirname, '..');
const style = readFileSync(join(nativeFolder, '.clang-format'), 'utf8');
for (const file of ADDONS.flatMap(filesOf)) {
  const text = readFileSync(file, 'utf8');
  const formatted = format(text, file, style);
  if (formatted === text) continue;
  if (writes) {
    writeFileSync(file, formatted);
    continue;
  }
  console.error(
    `${relative(root, file)}: expected the format of .clang-format; run npm run format`,
  );
  process.exitCode = 1;
}

/** Returns paths of an addon's hand-written C++; generated files keep the generator's format. */
function filesOf({ folder }) {
  return ['cpp', 'sanitize']
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path, { recursive: true }).map((name) => join(path, name)))
    .filter((name) => /\.(h|cc)$/.test(name) && !name.endsWith('.gen.h'))
    .sort();
}
