/**
 * `npm run bench`: how fast the engine native is here, as JSON. With `--peers` (`npm run bench:peers`)
 * others take turns with it, which tools/peers/run installs first, and the ratios are of medians:
 * above 1, native is ahead. Decoding is measured beside what reading its weights takes at least.
 *   bench.mjs [--peers] [--rounds N] [workload …]
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { findCompiler } from '../native-units.mjs';

const WORKLOADS = {
  products: { script: 'products', peers: { torch: 'products.py' }, args: [] },
  'train-A': { script: 'train-steps', peers: { torch: 'train_step.py' }, args: ['A'] },
  'train-B': { script: 'train-steps', peers: { torch: 'train_step.py' }, args: ['B'] },
  'train-C': { script: 'train-steps', peers: { torch: 'train_step.py' }, args: ['C'] },
  ...Object.fromEntries(
    ['A', 'C'].flatMap((model) =>
      ['1', '8'].flatMap((batch) =>
        ['f32', 'f16', 'int8'].map((weights) => [
          `decode-${model}-${batch}-${weights}`,
          {
            script: 'decode',
            peers: decodingPeers(weights),
            args: [model, batch, weights],
            isReading: model === 'C',
          },
        ]),
      ),
    ),
  ),
};
/** Steps of one turn of training. */
const STEPS = { 'train-A': 20, 'train-B': 2, 'train-C': 2 };

const words = process.argv.slice(2);
const withPeers = words.includes('--peers');
const rounds = words.includes('--rounds') ? Number(words[words.indexOf('--rounds') + 1]) : 5;
const chosen = words.filter((word) => word in WORKLOADS);

const results = {};
for (const name of chosen.length > 0 ? chosen : Object.keys(WORKLOADS)) {
  results[name] = await compare(name);
}
const machine = { date: new Date().toISOString().slice(0, 10), processor: cpus()[0].model };
console.log(JSON.stringify({ ...machine, node: process.versions.node, rounds, results }, null, 2));

async function compare(name) {
  const { script, peers, args, isReading } = WORKLOADS[name];
  const steps = STEPS[name];
  const ours = [...args, ...(steps ? [String(steps)] : [])];
  const theirs = [...args, ...(steps ? ['--steps', String(steps)] : [])];
  const programs = { native: start(process.execPath, [pathOf(`${script}.mjs`), ...ours]) };
  for (const [peer, file] of withPeers ? Object.entries(peers) : []) {
    programs[peer] = file.endsWith('.py')
      ? start(pathOf('../peers/run'), [file, ...theirs])
      : start(process.execPath, [pathOf(`../peers/${file}`), ...theirs]);
  }
  if (isReading) programs.memory = startReader();
  const turns = Object.fromEntries(Object.keys(programs).map((program) => [program, []]));
  for (let round = 0; round < rounds; round++) {
    for (const program in programs) turns[program].push(await programs[program].turn());
  }
  for (const program of Object.values(programs)) program.end();
  const { native, memory, ...others } = turns;
  const result = { native: summaryOf(native) };
  for (const peer in others) {
    result[peer] = { ...summaryOf(others[peer]), ratio: ratioOf(native, others[peer]) };
  }
  if (memory) result.limit = limitOf(native, memory);
  return result;
}

/** The program that reads memory as fast as it can, compiled for this processor. */
function startReader() {
  const folder = mkdtempSync(join(tmpdir(), 'ramble-bench-'));
  const program = join(folder, 'read-memory');
  const flags = ['-std=c++17', '-O3', '-march=native', '-pthread'];
  const compiler = findCompiler();
  const { status } = spawnSync(compiler, [...flags, pathOf('read-memory.cc'), '-o', program]);
  if (status !== 0)
    throw new Error(`${compiler}: expected to compile read-memory.cc, got ${status}`);
  const reader = start(program, [String(availableParallelism())]);
  return {
    ...reader,
    end: () => {
      reader.end();
      rmSync(folder, { recursive: true });
    },
  };
}

/** How near native's steps are to what memory allows, by the best of both. */
function limitOf(native, memory) {
  const gigabytesPerSecond = Math.max(...memory.map((turn) => turn.gigabytesPerSecond));
  const { stepMegabytes } = native[0];
  const milliseconds = stepMegabytes / gigabytesPerSecond;
  const best = Math.min(...native.map((turn) => turn.milliseconds));
  return {
    gigabytesPerSecond,
    milliseconds: Number(milliseconds.toFixed(2)),
    share: Number((milliseconds / best).toFixed(2)),
  };
}

/** A program that measures once for every line that it is given. */
function start(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    turn: async () => {
      child.stdin.write('\n');
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} ${args.join(' ')}: ended without a result`);
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}

/** Those that have weights of this width: CTranslate2 has no 16 bits on most CPUs. */
function decodingPeers(weights) {
  const peers = { torch: 'decode.py', llamaCpp: 'decode_llama_cpp.mjs' };
  return weights === 'f16' ? peers : { ...peers, ctranslate2: 'decode_ctranslate2.py' };
}

/** Medians of the rounds: of the steps' times, or of every product's speed. */
function summaryOf(turns) {
  if (Array.isArray(turns[0])) {
    return Object.fromEntries(
      turns[0].map(({ name }, i) => [name, median(turns.map((turn) => turn[i].gigaflops))]),
    );
  }
  const times = turns.flatMap(({ milliseconds }) => milliseconds);
  const { peakMegabytes, ...last } = turns.at(-1);
  const best = Math.min(...times);
  return {
    medianMilliseconds: median(times),
    bestMilliseconds: best,
    ...(peakMegabytes ? { peakMegabytes } : {}),
    ...('tokensPerSecond' in last
      ? { tokensPerSecond: median(turns.map((turn) => turn.tokensPerSecond)) }
      : {}),
  };
}

function ratioOf(native, peer) {
  const [ours, theirs] = [summaryOf(native), summaryOf(peer)];
  if (!Array.isArray(native[0])) {
    return Number((theirs.medianMilliseconds / ours.medianMilliseconds).toFixed(2));
  }
  return Object.fromEntries(
    Object.keys(ours).map((name) => [name, Number((ours[name] / theirs[name]).toFixed(2))]),
  );
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function pathOf(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}
