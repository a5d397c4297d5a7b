/**
 * `npm run check:one-file [-- --all]`: builds the one file for linux-x64 and uses it in an empty home, with an empty
 * PATH: a kill in the middle of the first start, two first starts at once, a damaged folder, a folder that cannot be
 * written, and what the installed command can do, which starts threads, processes and ranks. With --all it builds the
 * files for all systems, runs the one for ARM under qemu, checks signatures for macOS, and reads the files of
 * packaging/.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { findInstalledMpis, mountSmallDisk } from '@ramble/node/testing';

import { hashBytes } from '../addons/addon-files.mjs';
import { CAN_RUN } from '../runtimes.mjs';
import { commandOf, RUNTIMES } from '../systems/runtimes.mjs';
import { checkSignature } from './sign-macho.mjs';

const BOOK = 'Call me Ishmael. The white whale and the sea.\n'.repeat(200);
const TRAIN = '--preset nano --batch-size 4 --tokenizer bytes --quiet';
const MAX_WAIT_MS = 60_000;
/** Maximum time of a command, on a busy machine. */
const MAX_RUN_MS = 120_000;

const root = join(import.meta.dirname, '../..');
const out = join(root, 'dist/one-file');
const models = join(root, 'examples/models');
const { version } = JSON.parse(readFileSync(join(root, 'apps/ramble/package.json'), 'utf8'));
const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } } });
if (!CAN_RUN) {
  console.log('one file: SKIPPED: it is run on Linux on x64 only');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'ramble-check-one-file-'));
const home = join(folder, 'home');
const unpacked = join(home, '.cache/ramble/one-file');
try {
  execFileSync(
    process.execPath,
    [join(import.meta.dirname, 'build.mjs'), ...(values.all ? ['--all'] : [])],
    {
      stdio: 'inherit',
    },
  );
  mkdirSync(home);
  writeFileSync(join(folder, 'book.txt'), BOOK);
  for (const step of [
    checkUnpacking,
    checkDamage,
    checkRefusals,
    checkVerbs,
    checkOwnModules,
    checkThreads,
    checkServer,
    checkPage,
    checkRanks,
  ]) {
    const started = performance.now();
    const done = await step();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`one file: ${done} (${seconds} s)`);
  }
  if (values.all) {
    await checkArm();
    checkMacos();
    checkPackaging();
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Returns the arguments of `spawn` for a command line: the built file, its words, and an environment with an empty
 * PATH.
 */
function startOf(line, { env = {} } = {}) {
  const words = line.match(/'[^']*'|\S+/g).map((word) => word.replaceAll("'", ''));
  return [
    join(out, 'ramble-linux-x64'),
    words,
    {
      cwd: folder,
      argv0: 'ramble-linux-x64',
      env: { HOME: home, NO_COLOR: '1', ...env },
      encoding: 'utf8',
      input: '',
      timeout: MAX_RUN_MS,
    },
  ];
}

/** Runs a command. @returns what it prints. @throws Error if it fails, or warns of anything. */
function ramble(line, options) {
  const { status, stdout, stderr } = spawnSync(...startOf(line, options));
  if (status === 0 && !/warning|^error/im.test(stderr)) return stdout;
  throw new Error(
    `ramble ${line}: expected no complaint, got status ${status}: ${stdout}${stderr}`,
  );
}

/** Runs a command that must fail. @throws Error unless it prints a plain message with a text. */
function refused(line, text, options) {
  const { status, stderr } = spawnSync(...startOf(line, options));
  if (
    status === 1 &&
    stderr.startsWith('error: ') &&
    stderr.includes(text) &&
    !/^ +at /m.test(stderr)
  )
    return;
  throw new Error(
    `ramble ${line}: expected an error with "${text}", got status ${status}: ${stderr}`,
  );
}

/** Starts a server. @returns what it prints first, and a function that stops it. */
async function serve(line) {
  const [program, words, options] = startOf(`${line} --port 0 --json`);
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  const facts = await Promise.race([
    once(child.stdout, 'data').then(([data]) => JSON.parse(String(data).split('\n')[0])),
    ended.then(([status]) => {
      throw new Error(`ramble ${line}: expected a server, got status ${status}`);
    }),
  ]);
  return {
    facts,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function until(isSo, what) {
  for (let waited = 0; waited < MAX_WAIT_MS; waited += 20) {
    if (isSo()) return;
    await setTimeout(20);
  }
  throw new Error(`expected ${what} within ${MAX_WAIT_MS / 1000} s`);
}

function expectEqual(what, got, expected) {
  if (got !== expected) throw new Error(`${what}: expected ${expected}, got ${got}`);
}

/** Kills the first start in the middle, and starts the program twice at once. */
async function checkUnpacking() {
  const names = () => (existsSync(unpacked) ? readdirSync(unpacked) : []);
  const [program, words, options] = startOf('--version');
  const killed = spawn(program, words, { ...options, stdio: 'ignore' });
  await until(
    () => names().some((name) => existsSync(join(unpacked, name, 'node_modules'))),
    'an unfinished folder',
  );
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const [left, ...others] = names();
  if (!left.includes('.') || others.length > 0) {
    throw new Error(
      `expected only an unfinished folder, got ${names()}; was the process killed too late?`,
    );
  }
  const long = new Date(Date.now() - 7_200_000);
  utimesSync(join(unpacked, left), long, long);
  const starts = [1, 2].map(async () => {
    const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => (printed += data));
    const [status] = await once(child, 'close');
    return `${status}: ${printed}`;
  });
  for (const printed of await Promise.all(starts))
    expectEqual('--version', printed, `0: ${version}\n`);
  expectEqual('folders', names().length, 1);
  return 'a killed first start leaves nothing, and two first starts at once work';
}

/** Truncates an unpacked file, then deletes it. The command must repair both. */
function checkDamage() {
  const [name] = readdirSync(unpacked);
  const main = join(unpacked, name, 'node_modules/@ramble/cli/dist/main.js');
  const { size } = statSync(main);
  for (const damage of [() => truncateSync(main, 100), () => rmSync(main)]) {
    damage();
    if (!ramble('--help').includes('-x64 text')) throw new Error('--help: expected its verbs');
    expectEqual(main, statSync(main).size, size);
  }
  expectEqual('folders', readdirSync(unpacked).length, 1);
  return 'a truncated and a lost file are noticed and written again';
}

/** Checks the errors of a first start that cannot unpack: a file is in place of the folder, or the disk is full. */
function checkRefusals() {
  const how = 'Set RAMBLE_CACHE to a folder';
  refused('--version', how, { env: { RAMBLE_CACHE: join(folder, 'book.txt') } });
  refused('--version', how, { env: { HOME: join(folder, 'book.txt') } });
  const disk = mountSmallDisk();
  if (!disk) {
    console.log('one file: SKIPPED: the system mounts no small disk to fill');
    return 'a cache folder that cannot be made is a plain error';
  }
  try {
    refused('--version', 'ENOSPC', { env: { RAMBLE_CACHE: disk.folder } });
    expectEqual('files on the full disk', readdirSync(join(disk.folder, 'one-file')).length, 0);
  } finally {
    disk.unmount();
  }
  return 'a cache folder that cannot be made, and a full disk, are plain errors';
}

/** Trains and samples in each domain, and on each engine. */
function checkVerbs() {
  ramble(`text train --data book.txt --out run --max-steps 20 --engine native ${TRAIN}`);
  const sample = ramble('text sample --model run --prompt Call --max-new-tokens 20 --seed 1');
  if (!sample.startsWith('Call'))
    throw new Error(`text sample: expected its prompt, got ${sample}`);
  const small =
    '--n-layer 1 --n-embd 16 --n-head 2 --context-length 16 --batch-size 2 --max-steps 1';
  for (const engine of ['wasm', 'cpu']) {
    ramble(
      `text train --data book.txt --out ${engine} --engine ${engine} --tokenizer gpt2 ${small} --quiet`,
    );
  }
  refused(
    `text train --data book.txt --out none --engine tensorflow ${TRAIN}`,
    'tfjs-node is not installed',
  );
  refused('text chat --model run', 'use ramble-linux-x64 text sample --model run');
  const french = ramble(`translation sample --model ${models}/en-fr 'Text editor for programmers'`);
  expectEqual('translation', french, 'éditeur de texte pour programmeurs\n');
  const summary = ramble(
    `summarization sample --model ${models}/synopses 'This package has no dependencies.'`,
  );
  if (summary.trim() === '') throw new Error('summarization sample: expected words');
  ramble(`music sample --model ${models}/piano-played --length-seconds 5 --seed 1 --out piano.mid`);
  expectEqual(
    'piano.mid',
    readFileSync(join(folder, 'piano.mid')).toString('latin1', 0, 4),
    'MThd',
  );
  ramble('text inspect --model run --prompt Call --out whale.html');
  return 'text, translation, summaries and music work on native, wasm and cpu';
}

/**
 * Uses a user's own domain, in JavaScript and in TypeScript. It imports `@ramble` packages, which only the one file
 * contains.
 */
function checkOwnModules() {
  ramble('new-domain birds');
  const code = readFileSync(join(folder, 'birds/domain.js'), 'utf8');
  writeFileSync(join(folder, 'birds/typed.ts'), `${code}\nexport const count: number = 1;\n`);
  for (const name of ['domain.js', 'typed.ts']) {
    ramble(
      `./birds/${name} train --data birds/data.txt --out ${name} --preset nano --max-steps 2 --quiet`,
    );
    ramble(`./birds/${name} sample --model ${name} --count 2`);
  }
  return "a user's own module works, in JavaScript and in TypeScript";
}

/** Reads so many bytes of music that several threads are used, and a tune in ABC. */
function checkThreads() {
  mkdirSync(join(folder, 'pieces'));
  for (let i = 0; i < 6; i++) writeFileSync(join(folder, `pieces/${i}.mid`), midiFile(i + 1));
  writeFileSync(
    join(folder, 'pieces/tune.abc'),
    `X:1\nT:Scale\nK:C\nL:1/4\n${'CDEF GABc|'.repeat(40)}\n`,
  );
  ramble(
    'music train --data pieces --out pieces-run --n-layer 1 --n-embd 16 --n-head 2 --max-steps 1 --quiet',
  );
  return 'threads read MIDI files';
}

/** Returns a MIDI file of 200 kB, mostly of text. */
function midiFile(step) {
  const text = Buffer.from([0, 0xff, 1, 0x82, 0x80, 0, ...new Uint8Array(2 << 14).fill(97)]);
  const notes = Array.from({ length: 400 }, (_, i) => {
    const key = 48 + ((i * step + (i >> step)) % 31);
    return [0, 0x90, key, 80, 48, 0x80, key, 0];
  });
  const track = Buffer.concat([
    ...Array(6).fill(text),
    Buffer.from(notes.flat()),
    Buffer.from([0, 0xff, 0x2f, 0]),
  ]);
  const head = Buffer.from('MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\0', 'latin1');
  head.writeUInt32BE(track.length, 18);
  return Buffer.concat([head, track]);
}

async function checkServer() {
  const { facts, stop } = await serve('serve --model run');
  try {
    const response = await fetch(`${facts.url}/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'Call me', max_tokens: 8, stream: true }),
    });
    const text = await response.text();
    if (!text.endsWith('data: [DONE]\n\n'))
      throw new Error(`serve: expected a stream, got ${text}`);
  } finally {
    await stop();
  }
  return 'the server answers';
}

/** Opens the page, and resumes a run there, in a process that outlives the page. */
async function checkPage() {
  mkdirSync(join(folder, 'runs'));
  const log = join(folder, 'runs/stopped/log.jsonl');
  const [program, words, options] = startOf(
    `text train --data book.txt --out runs/stopped --max-steps 1000000 ${TRAIN}`,
  );
  const training = spawn(program, words, { ...options, stdio: 'ignore' });
  await until(() => existsSync(log) && statSync(log).size > 0, 'a log of training');
  training.kill('SIGINT');
  await once(training, 'exit');
  const before = statSync(log).size;
  const { facts, stop } = await serve('explore --model run --runs runs');
  try {
    const { origin, hash } = new URL(facts.url);
    const page = await (await fetch(`${origin}/explore/`)).text();
    if (!page.includes('<div id="page">'))
      throw new Error(`explore: expected its page, got ${page}`);
    const call = async (name) => {
      const response = await fetch(`${origin}/explore/calls/${name}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${hash.replace('#token=', '')}`,
        },
        body: JSON.stringify({ run: 'stopped' }),
      });
      if (!response.ok) throw new Error(`explore: ${name}: ${await response.text()}`);
    };
    await call('resume');
    await until(() => statSync(log).size > before, 'a run that is resumed');
    await call('stop');
  } finally {
    await stop();
  }
  return 'the Explorer shows its page and resumes a run';
}

/** Trains with two ranks, as processes of an MPI. */
function checkRanks() {
  const [mpi] = findInstalledMpis();
  if (!mpi) {
    console.log(
      'one file: SKIPPED: ranks: no MPI is in the cache folder; npm run setup:mpi gets one',
    );
    return 'one process trains';
  }
  const env = { ...mpi.env, PATH: `${join(mpi.launcher, '..')}:/usr/bin:/bin` };
  ramble(
    `text train --data book.txt --out ranks --ranks 2 --grad-accum-steps 2 --max-steps 2 ${TRAIN}`,
    { env },
  );
  return `two ranks train with ${mpi.name}`;
}

/** Runs the file for ARM under qemu: its version, and a training step. */
async function checkArm() {
  const runtime = RUNTIMES.find(({ target }) => target === 'linux-arm64');
  const started = performance.now();
  let command;
  try {
    command = commandOf(runtime).slice(0, -1);
  } catch (error) {
    console.log(`one file: SKIPPED: ${runtime.title}: ${error.message.split('\n')[0]}`);
    return;
  }
  const [program, ...words] = [...command, join(out, 'ramble-linux-arm64')];
  const options = {
    cwd: folder,
    env: { HOME: join(folder, 'arm'), NO_COLOR: '1' },
    encoding: 'utf8',
  };
  for (const line of [
    '--version',
    `text train --data book.txt --out arm --max-steps 2 --engine native ${TRAIN}`,
  ]) {
    const { status, stdout, stderr } = spawnSync(program, [...words, ...line.split(' ')], options);
    if (status !== 0 || stderr.includes('arning'))
      throw new Error(`arm64: ${line}: got ${status}: ${stdout}${stderr}`);
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`one file: ${runtime.title}: it starts, and trains on native (${seconds} s)`);
}

function checkMacos() {
  // Signed by zig's linker: the check accepts a signature that was not made here.
  checkSignature(readFileSync(join(root, 'packages/native/build/darwin-arm64/ramble.node')));
  for (const system of ['darwin-arm64', 'darwin-x64']) {
    checkSignature(readFileSync(join(out, `ramble-${system}`)));
  }
  console.log('one file: macOS: not run; every page has the hash that is signed');
}

/**
 * Checks that the files of packaging/ have the hashes of the built files. Ruby reads the formula if it is installed.
 */
function checkPackaging() {
  const written = [
    'ramble.rb',
    ...readdirSync(join(out, 'winget')).map((name) => `winget/${name}`),
  ];
  const texts = written.map((name) => readFileSync(join(out, name), 'utf8'));
  const all = texts.join('\n');
  if (/@|undefined/.test(all)) throw new Error(`packaging: expected no placeholder, got ${all}`);
  const files = readdirSync(out).filter((name) => name.startsWith('ramble-'));
  for (const name of files) {
    const sha256 = hashBytes(readFileSync(join(out, name)));
    const place = all.indexOf(`/releases/${version}/${name}`);
    const next = /[0-9a-f]{64}/i.exec(all.slice(place))?.[0];
    if (place < 0 || next !== sha256)
      throw new Error(`${name}: expected sha256 ${sha256}, got ${next}`);
  }
  const { error, status, stderr } = spawnSync('ruby', ['-c', join(out, 'ramble.rb')], {
    encoding: 'utf8',
  });
  if (error) console.log('one file: SKIPPED: ruby is not installed to read the formula');
  else if (status !== 0) throw new Error(`ramble.rb: ${stderr}`);
  console.log(
    `one file: ${written.map((name) => basename(name)).join(', ')} have the hashes of ${files.length} files`,
  );
}
