// `npm run check:programs`: runs the programs of docs/library.md and of README as a user would, without the
// command line's packages: from packed packages in an empty folder, and from packages linked by the commands
// of the page. They run in Node, and on pages that Vite builds and serves if a Chromium is installed.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { pathToFileURL } from 'node:url';

import { findChromium, launchChromium } from '../examples/browser/find-chromium.mjs';
import { packPackages, runCommand } from './pack-packages.mjs';

/** Last version of Vite that runs on Node 20.19. */
const VITE = '7.3.8';
const PACKAGES = ['node', 'core', 'tokenizers', 'language', 'portable', 'runs'];
/** Maximum number of packages that a program in Node installs. */
const MOST_INSTALLED = 22;
const PAGE_SECONDS = 60;

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/library.md'), 'utf8');
// Chromium and Vite compare real paths, but the system's temporary folder may be a link.
const temporary = mkdtempSync(join(realpathSync(tmpdir()), 'ramble-programs-'));
/** Folders of two copies of the programs: one installs packed packages, the other links the packages of the clone. */
const [folder, linked] = ['packed', 'linked'].map((name) => join(temporary, name));
try {
  const { packages: tarballs } = packPackages(
    join(temporary, 'tarballs'),
    PACKAGES.map((name) => `packages/${name}`),
  );
  writePrograms(folder);
  trainRun();
  importChatModel();
  installAndWrite(tarballs);
  const looped = runLoop(folder);
  runCircuits();
  await checkPages(tarballs, looped);
  linkPackages();
  runLoop(linked);
  await checkLinkedWorker();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** Writes the page's blocks that name a file. In them the clone is the folder `../ramble`. */
function writePrograms(to) {
  mkdirSync(to);
  for (const [, name, code] of page.matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms)) {
    writeFileSync(join(to, name), code.replaceAll('../ramble', relative(to, root)));
  }
}

/** Runs the commands that link the packages, as the page gives them. */
function linkPackages() {
  writePrograms(linked);
  const manifest = { name: 'linked', private: true, type: 'module' };
  writeFileSync(join(linked, 'package.json'), JSON.stringify(manifest));
  const [, commands] = /^## Install the packages\n.*?^```sh\n(.*?)^```$/ms.exec(page);
  runCommand('bash', ['-ec', commands.replaceAll('../ramble', relative(linked, root))], linked);
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  runCommand('npm', ['install', `vite@${VITE}`, ...quiet], linked);
}

/** Runs the training loop in Node. */
function runLoop(at) {
  const lines = runCommand(process.execPath, ['loop.mjs'], at).trim().split('\n');
  checkLosses('loop.mjs', lines);
  console.log(`${at === linked ? 'linked ' : ''}loop.mjs: its losses are printed`);
  return lines;
}

/** Runs the study of circuits in Node. */
function runCircuits() {
  const text = runCommand(process.execPath, ['circuits.mjs'], folder);
  if (!/^induction, head by head \[/m.test(text) || /NaN|undefined/.test(text)) {
    throw new Error(`circuits.mjs: expected scores of heads, got ${text}`);
  }
  console.log('circuits.mjs: scores of heads are printed');
}

/** Makes a small run at `runs/book`, with the files for a page at `run`. */
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

/** Imports a small model with a chat template as `runs/smollm2`. */
function importChatModel() {
  const ramble = join(root, 'apps/ramble/bin/ramble.js');
  const shape = ['--n-layer', '1', '--n-head', '2', '--n-embd', '32', '--context-length', '128'];
  const pace = ['--max-steps', '2', '--batch-size', '2'];
  const train = ['text', 'train', '--data', 'book.txt', '--out', 'runs/talk', '--engine', 'wasm'];
  runCommand(process.execPath, [ramble, ...train, ...shape, ...pace], folder);
  const words = ['text', 'export', '--model', 'runs/talk', '--out', 'exported'];
  runCommand(process.execPath, [ramble, ...words], folder);
  const template = '{% for m in messages %}{{ m.content }}<|endoftext|>{% endfor %}';
  writeFileSync(join(folder, 'exported/chat_template.jinja'), template);
  const given = ['text', 'import', 'exported', '--out', 'runs/smollm2'];
  runCommand(process.execPath, [ramble, ...given], folder);
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
  const count = new Set(listed).size - 1; // without the folder itself
  const [megabytes] = runCommand('du', ['-sm', 'node_modules'], folder).split('\t');
  if (count > MOST_INSTALLED) {
    throw new Error(`packages: expected at most ${MOST_INSTALLED} installed, got ${count}`);
  }
  const written = runCommand(process.execPath, ['write.mjs'], folder).trim();
  if (written.length < 20) throw new Error(`write.mjs: expected a text, got ${written}`);
  console.log(`write.mjs: loads a run and writes, with ${count} packages of ${megabytes} MB`);
  const sampled = runCommand(process.execPath, ['sampler.mjs'], folder).trim();
  if (sampled.length < 20) throw new Error(`sampler.mjs: expected a text, got ${sampled}`);
  console.log('sampler.mjs: loads a run and writes');
  const answered = runCommand(process.execPath, ['chat.mjs'], folder).trim().split('\n').at(-1);
  if (!/^(?:stop|length) after \d+ tokens$/.test(answered)) {
    throw new Error(`chat.mjs: expected the end of an answer, got ${answered}`);
  }
  console.log(`chat.mjs: answers a conversation; ${answered}`);
}

/**
 * Builds and opens the page of a run, the page of the worker and README's library program; the last also as Vite
 * serves it. README's `train` must have the losses of the hand-written loop.
 */
async function checkPages(tarballs, looped) {
  const executablePath = findChromium();
  install({ ...tarballs, vite: VITE }, tarballs);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, program] = /^## The library\n+```ts\n(.*?)^```$/ms.exec(readme);
  writeFileSync(join(folder, 'readme.ts'), program);
  writeFileSync(
    join(folder, 'readme.html'),
    '<!doctype html>\n<title>README</title>\n<script type="module" src="/readme.ts"></script>\n',
  );
  const { build, createServer, preview } = await viteOf(folder);
  const options = { root: folder, logLevel: 'error' };
  const input = ['index.html', 'readme.html', 'trainer.html'].map((name) => join(folder, name));
  await build({ ...options, build: { rollupOptions: { input } } });
  console.log('vite build: builds all pages');
  if (executablePath === undefined) return;
  const browser = await launchChromium(executablePath);
  try {
    const host = '127.0.0.1';
    const built = await preview({ ...options, preview: { host, port: 0 } });
    const [address] = built.resolvedUrls.local;
    const learned = await printedBy(browser, `${address}readme.html`, 6);
    checkLosses('README', learned);
    const lossesOf = (lines) => lines.slice(0, 5).map((line) => line.split(' ')[1]);
    if (lossesOf(looped).join() !== lossesOf(learned).join()) {
      throw new Error(`loop.mjs: expected README's losses, got ${looped.join('\n')}`);
    }
    console.log('README, built by Vite: the losses of loop.mjs are printed, then what it wrote');
    checkLosses('trainer.html', await printedBy(browser, `${address}trainer.html`, 6));
    console.log('trainer.html, built by Vite: the worker learns and writes');
    await printedBy(browser, address, 1);
    console.log('index.html, built by Vite: the page writes');
    await built.close();
    const server = await createServer({ ...options, server: { host, port: 0 } });
    await server.listen();
    checkLosses(
      'README',
      await printedBy(browser, `${server.resolvedUrls.local[0]}readme.html`, 6),
    );
    console.log('README, served by Vite: its losses are printed, then what it wrote');
    await server.close();
  } finally {
    await browser.close();
  }
}

/** Opens the page of the worker as Vite's development server serves it, with linked packages. */
async function checkLinkedWorker() {
  const executablePath = findChromium();
  if (executablePath === undefined) return;
  const { createServer } = await viteOf(linked);
  const server = await createServer({
    ...{ root: linked, logLevel: 'error' },
    server: { host: '127.0.0.1', port: 0 },
  });
  const browser = await launchChromium(executablePath);
  try {
    await server.listen();
    const [address] = server.resolvedUrls.local;
    checkLosses('trainer.html', await printedBy(browser, `${address}trainer.html`, 6));
    console.log('linked trainer.html, served by Vite: the worker learns and writes');
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Imports the Vite that a folder has installed. */
function viteOf(at) {
  return import(pathToFileURL(join(at, 'node_modules/vite/dist/node/index.js')));
}

/** Returns lines that a page logs, up to a count, or its errors if it logs fewer. */
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

/** Checks that a program prints step and loss five times, in the first two words of a line. */
function checkLosses(name, lines) {
  const losses = lines.slice(0, 5).map((line) => Number(line.split(' ')[1]));
  const isFalling = losses.every((loss, i) => i === 0 || loss < losses[i - 1]);
  if (!isFalling || !(losses[4] < 1)) {
    throw new Error(`${name}: expected five falling losses, got ${lines.join('\n')}`);
  }
}
