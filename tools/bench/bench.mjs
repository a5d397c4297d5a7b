/**
 * `npm run bench`: how fast the engine native is here, as JSON. With `--peers` (`npm run bench:peers`)
 * others take turns with it: PyTorch, which tools/peers/run installs first, tfjs-node where it is set
 * up (`npm run setup:tensorflow`), plain loops in C++, other decoders. `speed` is theirs over ours, of
 * medians: above 1, native is ahead.
 *   bench.mjs [--peers] [--rounds N] [--threads N] [workload …]
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { findCompiler } from '../native-units.mjs';
import { median } from './median.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});
const rounds = Number(values.rounds);
const threads = values.threads;
const environment = {
  ...process.env,
  RAMBLE_THREADS: threads,
  OMP_NUM_THREADS: threads,
  TF_NUM_INTRAOP_THREADS: threads,
};
const work = mkdtempSync(join(tmpdir(), 'ramble-bench-'));

/** Contestants that need nothing of others. */
const OURS = ['native', 'plain', 'memory'];

/** Threads of the one before, which wait for work by asking for it, have gone to sleep by then. */
const SETTLING_MS = 300;

/** Contestants of a workload by name: a command each, and a function that makes one when it is wanted. */
const WORKLOADS = {
  products: {
    native: node('products.mjs'),
    mkl: python('products.py', 'mkl'),
    onednn: python('products.py', 'onednn'),
    openblas: python('products.py', 'openblas'),
  },
  'train-A': trainingOf('A', 20),
  'train-B': trainingOf('B', 2),
  'train-C': trainingOf('C', 2),
  'train-S': {
    native: node('train-step.mjs', 'native', 'S', '2'),
    torch: python('train_step.py', 'S', '--steps', '2'),
  },
  // Relative attention beside the same model without distances, whose speed is over ours too.
  'train-R': {
    native: node('train-step.mjs', 'native', 'R', '2'),
    plain: node('train-step.mjs', 'native', 'M', '2'),
    torch: python('train_step.py', 'R', '--steps', '1'),
  },
  'train-L': { native: node('train-step.mjs', 'native', 'L', '1') },
  attention: attentionOf('causal', '8', '2048', '5'),
  // Four times the length: what memory grows by.
  'attention-8192': attentionOf('causal', '8', '8192', '5'),
  // Long texts beside the same with everything seen, whose time is over ours too.
  ...Object.fromEntries(
    ['local', 'compressed'].flatMap((kind) => [
      [
        `long-${kind}`,
        {
          ...attentionOf(kind, '4', '8192', '2'),
          plain: node('attention.mjs', 'causal', '4', '8192', '2'),
        },
      ],
      [
        `train-long-${kind}`,
        {
          native: node('train-step.mjs', 'native', `long-${kind}`, '1'),
          plain: node('train-step.mjs', 'native', 'long-causal', '1'),
        },
      ],
    ]),
  ),
  // Local and compressed attention in turns: what a text of this length takes.
  ...Object.fromEntries(
    ['1024', '2048', '4096', '8192'].map((length) => [
      `train-pattern-${length}`,
      { native: node('train-step.mjs', 'native', `pattern-${length}`, '1') },
    ]),
  ),
  adamw: { native: node('adamw.mjs'), loop: () => compiled('plain-adamw') },
  ...Object.fromEntries(
    ['A', 'C'].flatMap((model) =>
      ['1', '8'].flatMap((batch) =>
        ['f32', 'f16', 'int8'].map((weights) => [
          `decode-${model}-${batch}-${weights}`,
          decodingOf(model, batch, weights),
        ]),
      ),
    ),
  ),
  // No other runtime here reads weights of 4 bits with activations of 32.
  'decode-C-1-q4': {
    native: node('decode.mjs', 'C', '1', 'q4'),
    int8: node('decode.mjs', 'C', '1', 'int8'),
    memory: () => compiled('read-memory'),
  },
  // A prompt's tokens, or one at a time behind a short one.
  ...Object.fromEntries(
    ['f32', 'f16', 'int8', 'q4'].flatMap((weights) => [
      [`prompt-S-${weights}`, promptOf('S', weights, '512')],
      [`decode-S-1-${weights}`, decodingOf('S', '1', weights)],
    ]),
  ),
  'beams-f32': beamsOf('f32'),
  'beams-int8': beamsOf('int8'),
  ...Object.fromEntries(
    ['100', '2000'].flatMap((past) =>
      ['f32', 'f16', 'int8'].map((weights) => [
        `decode-R-${past}-${weights}`,
        eventsOf(past, weights),
      ]),
    ),
  ),
};

const results = {};
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(WORKLOADS)) {
    if (!(name in WORKLOADS)) {
      const known = Object.keys(WORKLOADS).join(', ');
      throw new RangeError(`workload: expected one of ${known}, got ${name}`);
    }
    console.error(`${name} …`);
    results[name] = await compare(WORKLOADS[name]);
  }
} finally {
  rmSync(work, { recursive: true });
}
const machine = {
  date: new Date().toISOString().slice(0, 10),
  processor: cpus()[0].model,
  threads: Number(threads),
};
console.log(JSON.stringify({ ...machine, node: process.versions.node, rounds, results }, null, 2));

function trainingOf(model, steps) {
  return {
    native: node('train-step.mjs', 'native', model, String(steps)),
    torch: python('train_step.py', model, '--steps', String(steps)),
    'tfjs-node': () => tfjsNode(model, steps),
  };
}

/** Attention alone: its kind, heads, length and steps a turn. */
function attentionOf(...words) {
  return { native: node('attention.mjs', ...words), torch: python('attention.py', ...words) };
}

function beamsOf(weights) {
  return {
    native: node('beams.mjs', weights),
    transformers: python('beams.py', 'transformers'),
    ctranslate2: python('beams.py', 'ctranslate2', weights),
  };
}

function node(script, ...args) {
  return [process.execPath, pathOf(script), ...args];
}

function python(script, ...args) {
  return [pathOf('../peers/run'), script, ...args];
}

/** A tenth of the steps: it is not what the bars are about. */
function tfjsNode(model, steps) {
  const load = 'import("@tensorflow/tfjs-node").catch(() => process.exit(1))';
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
  const isThere = spawnSync(process.execPath, ['-e', load], { env }).status === 0;
  if (isThere) return node('train-step.mjs', 'tfjs-node', model, String(Math.ceil(steps / 10)));
  console.error('tfjs-node: left out; npm run setup:tensorflow sets it up');
  return undefined;
}

/**
 * CTranslate2 has no 16 bits on most CPUs and is given GPT-2 alone, as transformers.js is given Llama;
 * torch's loop has no 4 bits, and llama.cpp has two kinds of them. The reader of memory tells what decoding
 * takes at least.
 */
function decodingOf(model, batch, weights) {
  const words = [model, batch, weights];
  const hasCTranslate2 = weights !== 'f16' && model !== 'S';
  const transformersJs = node('../peers/transformers_js.mjs', 'decode', ...words);
  return {
    native: node('decode.mjs', ...words),
    ...(weights === 'q4' ? {} : { torch: python('decode.py', ...words) }),
    ...llamaCpp(weights, (kind) => ['decode', model, batch, kind]),
    ...(model === 'S' ? { transformersJs } : {}),
    ...(hasCTranslate2 ? { ctranslate2: python('decode_ctranslate2.py', ...words) } : {}),
    ...(model === 'A' ? {} : { memory: () => compiled('read-memory') }),
  };
}

/** A prompt in one step of the model; llama.cpp with its flash attention and without. */
function promptOf(model, weights, length) {
  const words = [model, weights, length];
  return {
    native: node('prompt.mjs', ...words),
    ...(weights === 'q4' ? {} : { torch: python('prompt.py', ...words) }),
    ...llamaCpp(weights, (kind) => ['prompt', model, kind, length]),
    ...llamaCpp(weights, (kind) => ['prompt', model, kind, length, 'flash'], 'Flash'),
    transformersJs: node('../peers/transformers_js.mjs', 'prompt', ...words),
  };
}

/** llama.cpp by name, and with 4 bits both kinds: Q4_0, for which it has the faster kernels, and Q4_1. */
function llamaCpp(weights, wordsOf, suffix = '') {
  const kinds = weights === 'q4' ? { Q40: 'q4_0', Q41: 'q4_1' } : { '': weights };
  return Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      `llamaCpp${name}${suffix}`,
      node('../peers/llama_cpp.mjs', ...wordsOf(kind)),
    ]),
  );
}

/** Events of the model of music behind some others, beside what memory allows. */
function eventsOf(past, weights) {
  return {
    native: node('decode.mjs', 'R', '1', weights, '40', past),
    memory: () => compiled('read-memory'),
  };
}

/** A program of this folder, compiled for this processor. */
function compiled(name) {
  const compiler = findCompiler();
  if (!compiler) throw new Error(`${name}.cc: expected a C++ compiler (g++ or clang++), got none`);
  const program = join(work, name);
  const flags = ['-std=c++17', '-O3', '-march=native', '-fno-math-errno', '-pthread'];
  const { status } = spawnSync(compiler, [...flags, pathOf(`${name}.cc`), '-o', program], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`${name}.cc: ${compiler} failed; see above`);
  return [program, threads];
}

/** Everyone's medians, and how many times native's speed is theirs. */
async function compare(contestants) {
  const players = [];
  for (const [name, given] of Object.entries(contestants)) {
    if (!OURS.includes(name) && !values.peers) continue;
    const command = typeof given === 'function' ? given() : given;
    if (command) players.push({ name, turns: [], ...start(command) });
  }
  for (let round = 0; round < rounds; round++) {
    for (const player of players) {
      await setTimeout(SETTLING_MS);
      player.turns.push(await player.turn());
    }
  }
  for (const player of players) player.end();
  const { native, memory, ...others } = Object.fromEntries(
    players.map(({ name, turns }) => [name, turns]),
  );
  const peers = Object.fromEntries(
    Object.entries(others).map(([name, turns]) => [name, summaryOf(turns)]),
  );
  const ours = summaryOf(native);
  return {
    native: ours,
    ...peers,
    ...(Object.keys(peers).length > 0 ? { speed: speedOf(ours, peers) } : {}),
    ...(memory ? { limit: limitOf(native, memory) } : {}),
  };
}

/** How near native's steps are to what memory allows, by the best of both. */
function limitOf(native, memory) {
  const gigabytesPerSecond = Math.max(...memory.map((turn) => turn.gigabytesPerSecond));
  const milliseconds = native[0].stepMegabytes / gigabytesPerSecond;
  const best = Math.min(...native.map((turn) => turn.milliseconds));
  return {
    gigabytesPerSecond,
    milliseconds: round(milliseconds),
    share: round(milliseconds / best),
  };
}

/** A program that measures once for every line that it is given. */
function start([command, ...args]) {
  const child = spawn(command, args, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined); // of one that ended: the missing line tells
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

/** Medians of the rounds: of the steps' times, or of every product's speed. */
function summaryOf(turns) {
  if (Array.isArray(turns[0])) {
    return Object.fromEntries(
      turns[0].map(({ name }, i) => [name, median(turns.map((turn) => turn[i].gigaflops))]),
    );
  }
  const times = turns.flatMap(({ milliseconds }) => milliseconds);
  const { peakMegabytes, tokensPerSecond } = turns.at(-1);
  return {
    medianMilliseconds: median(times),
    bestMilliseconds: Math.min(...times),
    ...(peakMegabytes ? { peakMegabytes } : {}),
    ...(tokensPerSecond
      ? { tokensPerSecond: median(turns.map((turn) => turn.tokensPerSecond)) }
      : {}),
  };
}

/** By peer; of products, against the best peer of each, and their geometric mean. */
function speedOf(native, peers) {
  if (native.medianMilliseconds) {
    return Object.fromEntries(
      Object.entries(peers).map(([name, { medianMilliseconds }]) => [
        name,
        round(medianMilliseconds / native.medianMilliseconds),
      ]),
    );
  }
  const ratios = Object.entries(native).map(([name, ours]) => [
    name,
    ours / Math.max(...Object.values(peers).map((peer) => peer[name])),
  ]);
  const logs = ratios.map(([, ratio]) => Math.log(ratio));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  return Object.fromEntries(
    [...ratios, ['geometric mean', mean]].map(([name, ratio]) => [name, round(ratio)]),
  );
}

function round(ratio) {
  return Number(ratio.toFixed(2));
}

function pathOf(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}
