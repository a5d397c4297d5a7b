// `npm run check:programs`: the programs of docs/load-a-run.md and of README, as a user would have them:
// from packed packages in an empty folder, without the command line's. In Node; and on pages built and
// served by Vite, in a headless Chromium, where there is one.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { pathToFileURL } from 'node:url';

import { findChromium, launchChromium } from '../examples/browser/find-chromium.mjs';
import { packPackages, runCommand } from './pack-packages.mjs';

/** The last line that runs on Node 20.19. */
const VITE = '7.3.8';
const PACKAGES = [
  'core',
  'tokenizers',
  'language',
  'portable',
  'files',
  'safetensors',
  'runs',
  'run-folder',
];
/** Maximum number of packages that a program in Node installs. */
const MOST_INSTALLED = 25;
const PAGE_SECONDS = 60;

const root = join(import.meta.dirname, '..');
// Chromium and Vite compare real paths; the system's folder of temporary files may be a link.
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'ramble-programs-'));
try {
  const tarballs = packPackages(
    join(folder, 'tarballs'),
    PACKAGES.map((name) => `packages/${name}`),
  );
  writeProgram('docs/load-a-run.md');
  trainRun();
  installAndWrite(tarballs);
  await checkPages(tarballs);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The blocks of a page that say which file they are, as files. */
function writeProgram(page) {
  const text = readFileSync(join(root, page), 'utf8');
  for (const [, name, code] of text.matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms)) {
    writeFileSync(join(folder, name), code);
  }
}

/** A small run at `runs/book`, and what a page needs of it at `run`. */
function trainRun() {
  const data = join(folder, 'book.txt');
  writeFileSync(data, 'To be, or not to be, that is the question. '.repeat(60));
  const shape = ['--n-layer', '1', '--n-head', '2', '--n-embd', '32', '--context-length', '32'];
  const pace = ['--max-steps', '60', '--learning-rate', '0.01', '--keep-checkpoints', '1'];
  const words = ['text', 'train', '--data', data, '--out', 'runs/book', '--engine', 'wasm'];
  const ramble = join(root, 'apps/ramble/bin/ramble.js');
  runCommand(process.execPath, [ramble, ...words, ...shape, ...pace], folder);
  cpSync(join(folder, 'runs/book'), join(folder, 'run'), { recursive: true });
}

function install(dependencies, tarballs) {
  const manifest = { name: 'programs', private: true, type: 'module', dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, overrides: tarballs }));
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
  runCommand('npm', ['install', '--ignore-scripts', '--engine-strict', ...quiet], folder);
}

function installAndWrite(tarballs) {
  install(tarballs, tarballs);
  const listed = runCommand('npm', ['ls', '--all', '--parseable'], folder).trim().split('\n');
  const count = new Set(listed).size - 1; // less the folder itself
  const [megabytes] = runCommand('du', ['-sm', 'node_modules'], folder).split('\t');
  if (count > MOST_INSTALLED) {
    throw new Error(`packages: expected at most ${MOST_INSTALLED} installed, got ${count}`);
  }
  const written = runCommand(process.execPath, ['write.mjs'], folder).trim();
  if (written.length < 20) throw new Error(`write.mjs: expected a text, got ${written}`);
  console.log(`write.mjs: loads a run and writes, with ${count} packages of ${megabytes} MB`);
}

/** Builds the page of a run and README's library program, and opens them; that also as Vite serves it. */
async function checkPages(tarballs) {
  const executablePath = findChromium();
  install({ ...tarballs, vite: VITE }, tarballs);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, program] = /^## The library\n+```ts\n(.*?)^```$/ms.exec(readme);
  writeFileSync(join(folder, 'readme.ts'), program);
  writeFileSync(
    join(folder, 'readme.html'),
    '<!doctype html>\n<title>README</title>\n<script type="module" src="/readme.ts"></script>\n',
  );
  const door = join(folder, 'node_modules/vite/dist/node/index.js');
  const { build, createServer, preview } = await import(pathToFileURL(door));
  const options = { root: folder, configFile: false, logLevel: 'error' };
  const input = ['index.html', 'readme.html'].map((name) => join(folder, name));
  await build({ ...options, build: { rollupOptions: { input } } });
  console.log('vite build: builds both pages');
  if (executablePath === undefined) return;
  const browser = await launchChromium(executablePath);
  try {
    const host = '127.0.0.1';
    const built = await preview({ ...options, preview: { host, port: 0 } });
    const [address] = built.resolvedUrls.local;
    const learned = await printedBy(browser, `${address}readme.html`, 6);
    checkLosses(learned);
    console.log('README, built by Vite: its losses are printed, then what it wrote');
    await printedBy(browser, address, 1);
    console.log('load-a-run, built by Vite: the page writes');
    await built.close();
    const server = await createServer({ ...options, server: { host, port: 0 } });
    await server.listen();
    checkLosses(await printedBy(browser, `${server.resolvedUrls.local[0]}readme.html`, 6));
    console.log('README, served by Vite: its losses are printed, then what it wrote');
    await server.close();
  } finally {
    await browser.close();
  }
}

/** Lines that a page logs, so many of them; its errors, where it does not. */
async function printedBy(browser, address, count) {
  const page = await browser.newPage();
  const [lines, problems] = [[], []];
  let heard = () => {};
  page.on('console', (message) => {
    (message.type() === 'log' ? lines : problems).push(message.text());
    heard();
  });
  page.on('pageerror', (error) => {
    problems.push(error.message);
    heard();
  });
  const done = new Promise((resolve, reject) => {
    const fail = () =>
      reject(
        new Error(`${address}: expected ${count} lines, got ${lines.concat(problems).join('\n')}`),
      );
    const timer = setTimeout(fail, 1000 * PAGE_SECONDS);
    heard = () => {
      if (lines.length < count) return;
      clearTimeout(timer);
      resolve(lines);
    };
  });
  await page.goto(address);
  await done;
  await page.close();
  return lines;
}

/** README's program prints step, loss and seconds five times, and then a text. */
function checkLosses(lines) {
  const losses = lines.slice(0, 5).map((line) => Number(line.split(' ')[1]));
  const isFalling = losses.every((loss, i) => i === 0 || loss < losses[i - 1]);
  if (!isFalling || !(losses[4] < 1)) {
    throw new Error(`README: expected five falling losses, got ${lines.join('\n')}`);
  }
}
