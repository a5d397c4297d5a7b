import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { cacheFolder } from './installed.mjs';

/**
 * Returns the path of a Python that has packages of PyPI; the first call installs them into ramble's cache folder.
 * Where that is impossible, prints that the check is SKIPPED, and ends the process.
 *
 * @param check - Name of the check, which the environment is named for.
 * @param packages - Packages with their versions.
 * @param modules - Modules to import, as proof that the packages are there.
 */
export function findPython(check, packages, modules) {
  const skip = (needed) => {
    console.log(`${check}: SKIPPED, because it needs ${needed}`);
    process.exit(0);
  };
  if (spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0) {
    skip('python3 with venv and pip');
  }
  const venv = join(cacheFolder(), `${check}-venv`);
  const found = join(venv, 'bin/python');
  const isThere = () => spawnSync(found, ['-c', `import ${modules.join(', ')}`]).status === 0;
  if (existsSync(found) && isThere()) return found;
  console.log(`${check}: installing ${packages.join(', ')} …`);
  execFileSync('python3', ['-m', 'venv', venv]);
  const installed = spawnSync(found, ['-m', 'pip', 'install', '--quiet', ...packages], {
    timeout: 600_000,
  });
  if (installed.status !== 0 || !isThere()) skip('PyPI, which cannot be reached');
  return found;
}
