// `npm run check:first-run`: what a newcomer waits for, in a fresh copy of the repository: `npm run setup:run`, then a
// training of one step and a sample. Fails if the command needs anything that only developers install. Prints the
// seconds of each step; npm's cache is the caller's.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'ramble-first-run-'));
const SIZE = ['--n-layer', '1', '--n-head', '1', '--n-embd', '8', '--context-length', '16'];
try {
  for (const path of tracked()) cpSync(join(root, path), join(folder, path), { recursive: true });
  timed('npm run setup:run', () => run('npm', ['run', '--silent', 'setup:run']));
  if (existsSync(join(folder, 'node_modules/jest'))) {
    throw new Error('setup:run: expected no tools of developers, got jest');
  }
  writeFileSync(join(folder, 'book.txt'), 'the sea and the whale and the sea again\n'.repeat(60));
  const out = ['--out', 'runs/first', '--batch-size', '1', '--max-steps', '1'];
  const train = ['train', '--data', 'book.txt', '--tokenizer', 'bytes', ...SIZE, ...out];
  timed('ramble text train', () => ramble('text', ...train));
  const sample = ['sample', '--model', 'runs/first', '--max-new-tokens', '8'];
  timed('ramble text sample', () => ramble('text', ...sample));
  timed('npm run setup:run again', () => run('npm', ['run', '--silent', 'setup:run']));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Returns the paths of the files of the repository as they are now, without deleted ones. */
function tracked() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

function timed(name, work) {
  const began = performance.now();
  work();
  console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

function ramble(...words) {
  run(process.execPath, [join(folder, 'apps/ramble/bin/ramble.js'), ...words]);
}

/** Runs a command in the copy; its output is part of the error if it fails. */
function run(command, args) {
  execFileSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32' && command === 'npm',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, RAMBLE_CACHE: join(folder, 'cache') },
  });
}
