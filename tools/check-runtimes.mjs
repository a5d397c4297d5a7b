// `npm run check:runtimes`: checks the statements of docs/get-started.md on Node, Bun and Deno. Their programs are
// packages of npm, kept in ramble's cache folder. Each lists the engines, trains for twenty steps (the model has
// the same bytes in all), translates, serves a stream, trains and samples a domain of one file in a folder without
// packages, and runs README's commands, pasted into a shell in an empty home.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { CAN_RUN, commandOf, RUNTIMES } from './runtimes.mjs';

/** Matches the runtimes on which README's commands are run literally: the oldest Node, Bun and Deno. */
const PASTED = /^Node 20|^Bun|^Deno/;

const root = join(import.meta.dirname, '..');
const bin = join(root, 'apps/ramble/bin/ramble.js');
const BOOK = 'Call me Ishmael. The white whale and the sea.\n'.repeat(200);

if (!CAN_RUN) {
  console.log('runtimes: SKIPPED: their programs are fetched for Linux on x64 only');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'ramble-runtimes-'));
try {
  const models = new Map();
  for (const runtime of RUNTIMES) {
    const started = performance.now();
    const command = commandOf(runtime);
    const home = makeHome(runtime.name);
    models.set(runtime.name, await check(runtime.name, command, home));
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`${runtime.name}: all works (${seconds} s)`);
  }
  if (new Set(models.values()).size > 1) {
    throw new Error(`model.safetensors: expected one digest, got ${JSON.stringify([...models])}`);
  }
  console.log('model.safetensors after 20 steps: the same in all');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** An empty home with a book, the repository's examples, and a domain of one file. */
function makeHome(name) {
  const home = join(folder, name.replaceAll(/\W/g, '-'));
  mkdirSync(home);
  writeFileSync(join(home, 'book.txt'), BOOK);
  writeFileSync(join(home, 'other.txt'), 'The sea and the whale.\n'.repeat(20));
  symlinkSync(join(root, 'examples'), join(home, 'examples'));
  const page = readFileSync(join(root, 'docs/add-a-domain.md'), 'utf8');
  writeFileSync(join(home, 'dna.mjs'), /^```js\n(.*?)^```$/ms.exec(page)[1]);
  writeFileSync(join(home, 'dna.txt'), 'ACGTACGTTTGA\nGGCATTA\n'.repeat(60));
  return home;
}

/** Runs all checks of a runtime. @returns the digest of the model that it trained. */
async function check(name, command, home) {
  const environment = environmentOf(home);
  const ramble = (line) => {
    const [program, ...words] = [...command, bin, ...line.match(/'[^']*'|\S+/g)];
    const plain = words.map((word) => word.replaceAll("'", ''));
    const { status, stdout, stderr } = spawnSync(program, plain, {
      cwd: home,
      env: environment,
      encoding: 'utf8',
      input: '',
    });
    const isQuiet = !/^error:|Deprecat|EBADENGINE/m.test(stderr);
    if (status === 0 && isQuiet) return stdout;
    throw new Error(`${name}: ramble ${line}: expected no complaint, got ${status}: ${stderr}`);
  };
  if (!ramble('engines').includes('native'))
    throw new Error(`${name}: ramble engines did not list native`);
  ramble(
    'text train --data book.txt --out run --preset nano --max-steps 20 --tokenizer bytes --quiet',
  );
  const french = ramble("translation sample --model examples/models/en-fr 'Text editor'");
  if (french.trim() === '') throw new Error(`${name}: the translation is empty`);
  await checkServer(name, [...command, bin], home, environment);
  ramble(
    './dna.mjs train --data dna.txt --out dna --n-layer 1 --n-embd 16 --n-head 2 --max-steps 9',
  );
  ramble('./dna.mjs sample --model dna --count 3');
  if (PASTED.test(name)) pasteReadme(name, command, home, environment);
  const model = join(home, 'run/checkpoints/00000020/model.safetensors');
  return createHash('sha256').update(readFileSync(model)).digest('hex');
}

function environmentOf(home) {
  const { PATH, RAMBLE_CACHE = '' } = process.env;
  return { PATH, HOME: home, RAMBLE_CACHE, NO_COLOR: '1' };
}

/** Starts the server, reads a stream to its end, and stops it. */
async function checkServer(name, command, home, env) {
  const words = [...command.slice(1), 'serve', '--model', 'run', '--port', '0', '--json'];
  const child = spawn(command[0], words, { cwd: home, env, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = await new Promise((resolve, reject) => {
      child.stdout.once('data', (data) => resolve(String(data).split('\n')));
      child.once('exit', (status) => reject(new Error(`${name}: serve ended with ${status}`)));
    });
    const response = await fetch(`${JSON.parse(line).url}/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'Call me', max_tokens: 8, stream: true }),
    });
    const text = await response.text();
    if (!text.endsWith('data: [DONE]\n\n'))
      throw new Error(`${name}: expected a stream, got ${text}`);
  } finally {
    child.removeAllListeners('exit');
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

/** Runs the commands of README literally, with `npx` made to start this runtime. */
function pasteReadme(name, command, home, environment) {
  const tools = join(home, 'bin');
  mkdirSync(tools);
  const start = [...command, bin].map((word) => `'${word}'`).join(' ');
  // Training that takes minutes in README is limited to a moment.
  const shim = `#!/bin/sh
[ "$1" = ramble ] || exit 9
shift
case "$2" in train) set -- "$@" --max-minutes 0.05;; esac
exec ${start} "$@"
`;
  writeFileSync(join(tools, 'npx'), shim, { mode: 0o755 });
  const env = { ...environment, PATH: `${tools}${delimiter}${environment.PATH}` };
  for (const line of readmeLines()) {
    const { status, stderr } = spawnSync('bash', ['-c', line], {
      cwd: home,
      env,
      encoding: 'utf8',
      input: '',
    });
    if (status !== 0) throw new Error(`${name}: ${line}: expected no error, got ${stderr}`);
  }
}

/**
 * Returns the lines of README that need neither the network, as a block with an import does, nor the reader's own
 * files.
 */
function readmeLines() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const blocks = Array.from(readme.matchAll(/^```\n(.*?)^```$/gms), ([, block]) => block);
  const lines = blocks
    .filter((block) => !block.includes(' import '))
    .join('')
    .split('\n');
  const wanted = lines.filter((line) =>
    /^npx ramble (text |(translation|music|summarization) sample --model examples)/.test(line),
  );
  if (wanted.length < 6) throw new Error(`README: expected six commands or more, got ${wanted}`);
  return wanted;
}
