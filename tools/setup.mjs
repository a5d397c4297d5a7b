/**
 * `npm run setup`: installs the dependencies of the lock file and builds the packages. `--run` (`npm run setup:run`)
 * leaves out what only developers need: tools for tests, lint and types are not installed, and sources are
 * transpiled without declarations. Does nothing if both are in place. Needs only Node and npm, so it imports only
 * Node's own modules until the dependencies are there.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';

const CONFIG = 'tsconfig.lib.json';
/** Name of the build script in projects that the TypeScript compiler alone cannot build. */
const OWN_BUILD = 'build.mjs';
/** Milliseconds between two lines of progress at a terminal. */
const TICK_MS = 1000;

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`node: expected version 20.19 or newer, got ${process.versions.node}`);
}

const isToRun = process.argv.includes('--run');
await step('installed', hashOf([join(root, 'package-lock.json')]), 'Installing dependencies', {
  isThere: true,
  work: () =>
    run('npm', [
      ...['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
      ...(isToRun ? ['--omit=dev'] : []),
    ]),
});
await step('built', hashOf(sources()), 'Building the packages', {
  isThere: projects().every((folder) => existsSync(join(folder, 'dist'))),
  work: build,
});

/**
 * Does a step of the setup, unless its output exists and the stamp file contains the hash of the same inputs. The
 * output of a complete setup is also enough for `--run`, but not the reverse.
 */
async function step(name, hash, title, { isThere, work }) {
  const stamp = join(root, 'node_modules', `.ramble-${name}`);
  const done = isThere && existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined;
  if (done === hash || (isToRun && done === `${hash} to run`)) return;
  const progress = startProgress(title);
  await work(progress.note);
  progress.end();
  writeFileSync(stamp, isToRun ? `${hash} to run` : hash);
}

/**
 * Shows what is being done and for how long: a line that changes at a terminal, else a line at the start and the end.
 */
function startProgress(title) {
  const began = performance.now();
  const seconds = () => `${Math.round((performance.now() - began) / 1000)} s`;
  const { isTTY } = process.stderr;
  let noted = '';
  const show = () => process.stderr.write(`\r\x1b[K${title}${noted} … ${seconds()}`);
  if (isTTY) show();
  else console.error(`${title} …`);
  const timer = isTTY ? setInterval(show, TICK_MS) : undefined;
  return {
    note: (text) => {
      noted = ` (${text})`;
    },
    end: () => {
      clearInterval(timer);
      process.stderr.write(`${isTTY ? '\r\x1b[K' : ''}${title}: done in ${seconds()}\n`);
    },
  };
}

/** Builds all projects that are not up to date. */
async function build(note) {
  // Outputs of the compiler are left to it: its records say which of them are up to date.
  const isCompiled = existsSync(join(root, 'packages/core/dist/tsconfig.lib.tsbuildinfo'));
  await (isToRun && !isCompiled ? transpile() : compile(note));
  note('the page of the Explorer');
  for (const folder of projects()) {
    const own = join(folder, OWN_BUILD);
    if (existsSync(own)) await run(process.execPath, [own], { cwd: folder });
  }
}

/**
 * Compiles all projects with declarations. One compiler runs for all of them: one for each, as Nx starts them, would
 * read the same declarations forty times.
 */
async function compile(note) {
  const configs = compiledProjects().map((folder) => join(folder, CONFIG));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  let count = 0;
  await run(process.execPath, [compiler, '--build', '--verbose', ...configs], {
    onLine: (line) => {
      if (/: (Building project|Project .* is up to date)/.test(line)) {
        note(`${(count += 1)} of ${configs.length}`);
      }
    },
  });
}

/** Compiles all sources to JavaScript in about a second, without checking types. `npm run typecheck` checks them. */
async function transpile() {
  const { build: esbuild } = await import('esbuild');
  await Promise.all(
    compiledProjects().map((folder) =>
      esbuild({
        entryPoints: sourcesIn(join(folder, 'src')),
        outbase: join(folder, 'src'),
        outdir: join(folder, 'dist'),
        tsconfig: join(folder, CONFIG),
        format: 'esm',
        target: 'es2022',
        logLevel: 'warning',
      }),
    ),
  );
}

/**
 * Runs a command quietly; if it fails, prints its output.
 *
 * @param onLine - Called with each line of its standard output.
 */
async function run(command, args, { cwd = root, onLine } = {}) {
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    if (onLine) for (const line of text.split('\n')) onLine(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const [status] = await once(child, 'close').catch((error) => [error.message]);
  if (status === 0) return;
  console.error(`\n${output}`);
  fail(`${command} ${args[0]}: failed (${status}); see above`);
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

/** Returns the folders of the projects that consist of compiled sources alone. */
function compiledProjects() {
  return projects().filter((folder) => !existsSync(join(folder, OWN_BUILD)));
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
