/**
 * `npm run check:network`: trains a model on made-up machines of one core or less (network namespaces of this
 * machine, only for root on Linux), with links of different speeds. Checks that the bytes equal one process's, and
 * compares the time of a step with the prediction of `ramble scale`. Prints a table; exits with 1 if bytes differ
 * or a time is off by more than a quarter.
 *   check-network.mjs [--mpi NAME] [--machines 2,4] [--gigabits 10,1,0.1] [--steps 6] [--preset baby]
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

import { findInstalledMpis, launchRanks, makeNetwork } from '@ramble/node/testing';

import { median } from './bench/numbers.mjs';

const RAMBLE = join(import.meta.dirname, '../apps/ramble/bin/ramble.js');
const MICRO_BATCHES = 4;
const MOST_OFF = 0.25;
const cores = availableParallelism();
const { values } = parseArgs({
  options: {
    mpi: { type: 'string', default: 'openmpi-5.0.11' },
    machines: { type: 'string', default: '2,4' },
    gigabits: { type: 'string', default: '10,1,0.1' },
    steps: { type: 'string', default: '6' },
    preset: { type: 'string', default: 'baby' },
  },
});
const mpi = findInstalledMpis().find(({ name }) => name === values.mpi);
if (!mpi) throw new Error(`--mpi: expected one of npm run setup:mpi, got ${values.mpi}`);

const folder = mkdtempSync(join(tmpdir(), 'ramble-network-'));
try {
  process.exitCode = (await check()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

async function check() {
  const data = join(folder, 'book.txt');
  writeFileSync(data, bookOf(60_000));
  const alone = Array.from({ length: cores }, (_, core) => join(folder, `alone-${core}`));
  await onEachCore((core) => [RAMBLE, ...trainOf(data, alone[core])]);
  const core = await measureCore(alone);
  console.log(
    `A core has ${core.gflops.toFixed(0)} GFLOP/s and ${core.memory.toFixed(1)} GB/s of memory while the others work.`,
  );
  let isRight = report('1 machine', alone[0], alone[0], { ranks: 1, gigabits: 10, core });
  for (const machines of numbersOf(values.machines)) {
    for (const gigabits of numbersOf(values.gigabits)) {
      const run = await trainOn(machines, gigabits, data);
      const share = Math.min(1, cores / machines);
      const had = { gflops: core.gflops * share, memory: core.memory * share };
      const title = `${machines} machines, ${gigabits} Gb/s`;
      isRight = report(title, run, alone[0], { ranks: machines, gigabits, core: had }) && isRight;
    }
  }
  return isRight;
}

/** Trains on machines, each with its own folder; returns the path of the run on the first one. */
async function trainOn(machines, gigabits, data) {
  const own = join(folder, `${machines}-${gigabits}`);
  mkdirSync(own);
  const network = makeNetwork({ machines, rate: `${1000 * gigabits}mbit`, folder: own });
  try {
    for (let i = 1; i <= machines; i++) copyFileSync(data, network.pathOf(i, 'book.txt'));
    const pin = `exec taskset -c $((OMPI_COMM_WORLD_RANK % ${cores})) "$@"`;
    const command = [process.execPath, RAMBLE, ...trainOf('book.txt', 'run')];
    const { status, stderr } = await launchRanks(
      network.launching(mpi),
      machines,
      ['sh', '-c', pin, 'sh', ...command],
      variables(),
    );
    if (status !== 0) throw new Error(`mpirun: expected status 0, got ${status}: ${stderr}`);
    for (let i = 2; i <= machines; i++) {
      if (existsSync(network.pathOf(i, 'run'))) throw new Error(`machine ${i}: expected no run`);
    }
    return network.pathOf(1, 'run');
  } finally {
    network.remove();
  }
}

/** Prints a row; returns whether bytes and time are as predicted. */
function report(title, run, alone, { ranks, gigabits, core }) {
  const words = ['--ranks', ranks, '--network', gigabits];
  const had = ['--gflops', core.gflops, '--memory', core.memory];
  const { costs, update } = scale(alone, ...[...words, ...had].map(String));
  const { step, waiting } = costs.at(-1);
  const steps = stepsOf(run);
  const seconds = median(steps.map(({ tokensPerSecond }) => update.tokens / tokensPerSecond));
  const waited = median(steps.map(({ waitedShare = 0 }) => waitedShare)) * seconds;
  const isSame = hashOf(run) === hashOf(alone);
  const off = step / seconds - 1;
  const of = (value) => `${value.toFixed(2)} s`;
  console.log(
    [
      `${title}: ${isSame ? 'same bytes' : 'OTHER BYTES'}`,
      `step ${of(seconds)}, scale says ${of(step)} (${(100 * off).toFixed(0)} %)`,
      `waiting ${of(waited)}, scale says ${of(waiting)}`,
    ].join('; '),
  );
  return isSame && Math.abs(off) <= MOST_OFF;
}

/**
 * Measures the speed of a core while all cores work. The speed of products comes from the logs of runs that were
 * trained at the same time, one per core.
 */
async function measureCore(runs) {
  const speeds = runs.map((run) => {
    const { update } = scale(run, '--ranks', '1', '--gflops', '1');
    const of = ({ tokensPerSecond, peakShare }) => tokensPerSecond / peakShare;
    return (median(stepsOf(run).map(of)) * update.operationsPerToken) / 1e9;
  });
  const copy = `
    const [from, to] = [1, 2].map((value) => new Float32Array(2 ** 25).fill(value));
    const start = performance.now();
    for (let i = 0; i < 8; i++) to.set(from);
    console.log((8 * 2 * from.byteLength) / 1e6 / (performance.now() - start));`;
  const copies = await onEachCore(() => ['-e', copy]);
  const mean = (all) => all.reduce((sum, value) => sum + value, 0) / all.length;
  return { gflops: mean(speeds), memory: mean(copies.map(Number)) };
}

/** Runs Node on each core at once; returns the outputs. */
async function onEachCore(wordsOf) {
  const runs = Array.from({ length: cores }, (_, core) => {
    const words = ['-c', String(core), process.execPath, ...wordsOf(core)];
    return promisify(execFile)('taskset', words, { env: { ...process.env, ...variables() } });
  });
  return (await Promise.all(runs)).map(({ stdout }) => stdout);
}

/** Returns the prediction of `ramble scale` for a run. */
function scale(run, ...words) {
  const said = execFileSync(process.execPath, [
    ...[RAMBLE, 'scale', '--model', run, '--json', ...words],
  ]);
  return JSON.parse(said);
}

/** Returns the steps in the log of a run, except the first one, in which memory is allocated. */
function stepsOf(run) {
  const lines = readFileSync(join(run, 'log.jsonl'), 'utf8').trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line));
  return entries.filter(({ tokensPerSecond }) => tokensPerSecond).slice(1);
}

function trainOf(data, out) {
  return [
    ...['text', 'train', '--data', data, '--out', out, '--tokenizer', 'bytes', '--quiet'],
    ...['--preset', values.preset, '--dropout', '0.1', '--log-interval', '1'],
    ...['--batch-size', '4', '--grad-accum-steps', String(MICRO_BATCHES)],
    ...['--max-steps', values.steps, '--eval-interval', '1000', '--eval-batches', '1'],
  ];
}

function variables() {
  return { RAMBLE_THREADS: '1', RAMBLE_CACHE: join(folder, 'cache') };
}

/** SHA-256 of the newest model of a run and its moments. */
function hashOf(run) {
  const newest = readdirSync(join(run, 'checkpoints')).sort().at(-1);
  const hash = createHash('sha256');
  for (const name of ['model.safetensors', 'training.safetensors']) {
    hash.update(readFileSync(join(run, 'checkpoints', newest, name)));
  }
  return hash.digest('hex');
}

/** Returns a text with a number of words, which a model cannot memorize in a few steps. */
function bookOf(words) {
  const known = 'the cat sat on the mat, and the dog on the log. '.split(' ');
  return Array.from({ length: words }, (_, i) => known[(i * i) % known.length]).join(' ');
}

function numbersOf(list) {
  return list.split(',').map(Number);
}
