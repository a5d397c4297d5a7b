import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * Packs packages as npm would publish them.
 *
 * @param {string} out - The folder of the tarballs, which is made.
 * @param {readonly string[]} folders - Folders of the packages, from the root: `packages/core`.
 * @returns {Record<string, string>} the dependency's version, by the package's name.
 */
export function packPackages(out, folders) {
  mkdirSync(out);
  const words = ['pack', '--json', '--pack-destination', out];
  const packed = JSON.parse(
    runCommand('npm', [...words, ...folders.map((folder) => `./${folder}`)], root),
  );
  for (const { name, files } of packed) {
    if (files.some(({ path }) => path === 'LICENSE')) continue;
    throw new Error(`${name}: the packed file lacks its LICENSE`);
  }
  return Object.fromEntries(
    packed.map(({ name, filename }) => [name, `file:${join(out, filename)}`]),
  );
}

/** Runs a command and returns its output; if it fails, its output is the error. */
export function runCommand(command, args, cwd) {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    throw new Error(`${command} ${args[0]}: failed\n${error.stdout}${error.stderr}`, {
      cause: error,
    });
  }
}
