/**
 * `npm run check:properties`: runs every property test with a new seed; `npm test` uses a fixed one. The seed is
 * printed first and after a failure, so that it can be replayed:
 *   npm run check:properties -- [--seed N] [spec …]
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' } },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
if (!Number.isInteger(seed)) {
  console.error(`--seed: expected an integer, got ${values.seed}`);
  process.exit(2);
}

console.error(`check:properties: seed ${seed}`);
const failed = [];
for (const [folder, specs] of specsByProject()) {
  const { status } = spawnSync(process.execPath, ['--experimental-vm-modules', jest, ...specs], {
    cwd: join(root, folder),
    env: { ...process.env, RAMBLE_PROPERTY_SEED: `${seed}` },
    stdio: 'inherit',
  });
  if (status !== 0) failed.push(folder);
}
if (failed.length > 0) {
  console.error(
    `check:properties: failed in ${failed.join(', ')}; replay: npm run check:properties -- --seed ${seed}`,
  );
  process.exitCode = 1;
}

/** The specs that use fast-check, or the named ones among them, below each project. */
function specsByProject() {
  const projects = new Map();
  for (const group of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, group))) {
      const folder = `${group}/${name}`;
      const specs = specsIn(join(root, folder, 'src'))
        .map((path) => relative(join(root, folder), path))
        .filter(
          (path) => positionals.length === 0 || positionals.some((part) => path.includes(part)),
        );
      if (specs.length > 0) projects.set(folder, specs);
    }
  }
  return projects;
}

function specsIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => /from 'fast-check'/.test(readFileSync(path, 'utf8')));
}
