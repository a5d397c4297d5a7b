/**
 * `npm run setup`: installs the dependencies of the lock file and builds the packages. Does nothing
 * if both are in place. Needs only Node and npm, so it imports only Node's own modules.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONFIG = 'tsconfig.lib.json';
/** Script of a project that the TypeScript compiler alone cannot build. */
const OWN_BUILD = 'build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`node: expected version 20.19 or newer, got ${process.versions.node}`);
}

const lock = [join(root, 'package-lock.json')];
step('installed', hashOf(lock), 'Installing dependencies', true, () =>
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']),
);
const isBuilt = projects().every((folder) => existsSync(join(folder, 'dist')));
step('built', hashOf(sources()), 'Building the packages', isBuilt, () => {
  // One compiler runs for all projects: one for each, as Nx starts them, would read the same declarations forty
  // times.
  const configs = projects()
    .filter((folder) => !existsSync(join(folder, OWN_BUILD)))
    .map((folder) => join(folder, CONFIG));
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--build', ...configs]);
  for (const folder of projects()) {
    const build = join(folder, OWN_BUILD);
    if (existsSync(build)) run(process.execPath, [build], folder);
  }
});

/** Runs `work` unless its output exists and its stamp has the hash of the same inputs. */
function step(name, hash, title, isThere, work) {
  const stamp = join(root, 'node_modules', `.ramble-${name}`);
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  console.error(`${title} …`);
  work();
  writeFileSync(stamp, hash);
}

/** Runs a command quietly; if it fails, prints its output. */
function run(command, args, cwd = root) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.status === 0) return;
  console.error(result.stdout ?? '', result.stderr ?? '', result.error?.message ?? '');
  fail(`${command} ${args[0]}: failed; see above`);
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

/** Returns paths of all inputs of the build. */
function sources() {
  return [
    join(root, 'tsconfig.base.json'),
    join(root, 'package-lock.json'),
    ...projects().flatMap((folder) => [
      ...['package.json', CONFIG, OWN_BUILD]
        .map((name) => join(folder, name))
        .filter((path) => existsSync(path)),
      ...sourcesIn(join(folder, 'src')),
    ]),
  ];
}

/** Returns the folders of all projects to build. */
function projects() {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
    .filter((folder) => existsSync(join(folder, CONFIG)));
}

function sourcesIn(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return sourcesIn(path);
      return /\.(tsx?|css|html)$/.test(name) && !name.endsWith('.spec.ts') ? [path] : [];
    });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
