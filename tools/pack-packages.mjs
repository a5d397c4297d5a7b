import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BINARY, folderOf, hashBytes, manifestOf, othersOf } from './addons/addon-files.mjs';
import { ADDONS } from './addons/addons.mjs';
import { TARGETS } from './addons/targets.mjs';

const root = join(import.meta.dirname, '..');

/**
 * Packs packages as npm would publish them. A package with an addon gets a package of its own for each system whose
 * binary is built (`npm run prebuild -- --all`), and names it among its optionalDependencies: npm installs those that
 * fit the machine. They are in no manifest of the clone, as `npm ci` would look for them in the registry.
 *
 * @param {string} out - The folder of the tarballs, which is made.
 * @param {readonly string[]} folders - Folders of the packages, from the root: `packages/core`.
 * @returns {{ packages: Record<string, string>, systems: Record<string, string> }} the dependency's version, by the
 *   package's name, of the packages and of those for a system.
 */
export function packPackages(out, folders) {
  mkdirSync(out);
  const stage = mkdtempSync(join(tmpdir(), 'ramble-stage-'));
  try {
    const staged = folders.map((folder) => {
      const addon = ADDONS.find((each) => each.folder === join(root, folder));
      return addon ? stageAddon(stage, addon) : { folder: `./${folder}`, systems: [] };
    });
    return {
      packages: pack(
        out,
        staged.map(({ folder }) => folder),
      ),
      systems: pack(
        out,
        staged.flatMap(({ systems }) => systems),
      ),
    };
  } finally {
    rmSync(stage, { recursive: true });
  }
}

function pack(out, folders) {
  if (folders.length === 0) return {};
  const words = ['pack', '--json', '--pack-destination', out];
  const packed = JSON.parse(runCommand('npm', [...words, ...folders], root));
  for (const { name, files } of packed) {
    if (files.some(({ path }) => path === 'LICENSE')) continue;
    throw new Error(`${name}: the packed file lacks its LICENSE`);
  }
  return Object.fromEntries(
    packed.map(({ name, filename }) => [name, `file:${join(out, filename)}`]),
  );
}

/**
 * Copies the files of an addon's package that npm would pack, writes a package for each system with its binary, and
 * names these in the manifest.
 */
function stageAddon(stage, addon) {
  const manifest = readJson(join(addon.folder, 'package.json'));
  const folder = join(stage, addon.name);
  const files = manifest.files.filter((name) => !name.startsWith('!'));
  for (const name of [...files, 'LICENSE', 'README.md']) {
    cpSync(join(addon.folder, name), join(folder, name), { recursive: true });
  }
  const systems = builtTargets(addon).map((target) => stageSystem(stage, addon, manifest, target));
  const optionalDependencies = Object.fromEntries(
    systems.map(({ name }) => [name, manifest.version]),
  );
  writeJson(join(folder, 'package.json'), { ...manifest, optionalDependencies });
  return { folder, systems: systems.map((system) => system.folder) };
}

/** Returns the targets whose binaries are built. @throws Error if the hash of one differs from others.json. */
function builtTargets(addon) {
  const { targets } = readJson(othersOf(addon));
  return TARGETS.filter((target) => {
    const file = join(addon.folder, folderOf(target), BINARY);
    if (targets[target.name] === undefined || !existsSync(file)) return false;
    if (hashBytes(readFileSync(file)) === targets[target.name].sha256) return true;
    throw new Error(`${file}: expected the binary of others.json; run npm run prebuild -- --all`);
  });
}

/** Writes the package for a system: its binary, and the fields by which npm knows whether it fits. */
function stageSystem(stage, addon, manifest, target) {
  const name = `${manifest.name}-${target.name}`;
  const folder = join(stage, `${addon.name}-${target.name}`);
  mkdirSync(folder);
  for (const file of [BINARY, manifestOf(BINARY)]) {
    copyFileSync(join(addon.folder, folderOf(target), file), join(folder, file));
  }
  copyFileSync(join(addon.folder, 'LICENSE'), join(folder, 'LICENSE'));
  const about = `The binary of ${manifest.name} for ${target.name}`;
  writeFileSync(join(folder, 'README.md'), `# ${name}\n\n${about}, which npm installs with it.\n`);
  const { version, repository, homepage, license, engines } = manifest;
  writeJson(join(folder, 'package.json'), {
    ...{ name, version, description: about, repository, homepage, license, engines },
    os: [target.os],
    cpu: [target.cpu],
    ...(target.libc && { libc: [target.libc] }),
    files: [BINARY, manifestOf(BINARY)],
  });
  return { name, folder };
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
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
