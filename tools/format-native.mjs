/**
 * `npm run format` and `npm run format:check`: formats the native engine's C++ as packages/native/.clang-format
 * says, with clang-format compiled to WebAssembly, so that every machine gets the same text. With `--write`
 * it rewrites files; else it names those that differ and fails.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format } from '@wasm-fmt/clang-format';

import { nativeFolder } from './native-units.mjs';

const writes = process.argv.includes('--write');
const style = readFileSync(join(nativeFolder, '.clang-format'), 'utf8');
for (const file of files()) {
  const text = readFileSync(join(nativeFolder, file), 'utf8');
  const formatted = format(text, file, style);
  if (formatted === text) continue;
  if (writes) {
    writeFileSync(join(nativeFolder, file), formatted);
    continue;
  }
  console.error(
    `packages/native/${file}: expected the format of .clang-format; run npm run format`,
  );
  process.exitCode = 1;
}

/** Paths of the C++ that people write; generated files are as the generator has them. */
function files() {
  return ['cpp', 'sanitize']
    .flatMap((folder) =>
      readdirSync(join(nativeFolder, folder), { recursive: true }).map((name) =>
        join(folder, name),
      ),
    )
    .filter((name) => /\.(h|cc)$/.test(name) && !name.endsWith('.gen.h'))
    .sort();
}
