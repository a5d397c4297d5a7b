/**
 * Measures what a model has learned after some minutes on two cores: bits per character of a book that it never saw.
 *   minutes.mjs [PAIR...] [--minutes 1,5] [--seeds 0] [--contestants ramble,nanogpt,tuned,untouched,counts]
 *     [--any-load] [--rows FILE] [--table [FILE]]
 * A pair is a name of BOOKS. `ramble` is the default `text train`; `nanogpt` is nanoGPT's recipe for a CPU in
 * PyTorch; `tuned` is SmolLM2-135M-Instruct with LoRA of rank 16, and `untouched` the same model without training;
 * `counts` are n-gram models with Kneser-Ney smoothing and compressors. Flags after `--` are added to ramble's
 * training. Prints a line of JSON for each row. A row that other programs slowed down has `busy`, the share of the
 * processors that they took, and counts only with --any-load. `--rows` keeps the rows in a file. A later run with that
 * file measures only what is missing or was slowed down. `--table` writes the page.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { format } from 'prettier';

import { table } from './benchmark-page.mjs';
import { describeMachine } from './describe-machine.mjs';
import { bitsPerCharacter, kneserNey } from './kneser-ney.mjs';
import { median } from './numbers.mjs';

/** The text that is learned from, and the one that is measured. Recipes are chosen on others: Austen's other novels. */
const BOOKS = {
  austen: { title: 'Pride and Prejudice, then Persuasion', of: () => novels(4, 3) },
  emma: { title: 'Emma, then Northanger Abbey', of: () => novels(0, 2) },
  melville: { title: 'Moby-Dick to chapter 115, then the rest', of: mobyDick },
  search: { title: 'Mansfield Park, then Sense and Sensibility', of: () => novels(1, 5) },
};
/**
 * Maximum fraction of the processors that other programs may use while a row is measured; above it, the row counts as
 * slowed down.
 */
const IDLE_SHARE = 0.05;
/** Ticks per second of the processor times in `/proc`. */
const TICKS = 100;

const ramble = fileURLToPath(new URL('../../apps/ramble/bin/ramble.js', import.meta.url));
const peers = fileURLToPath(new URL('../peers/run', import.meta.url));
const own = process.argv.indexOf('--', 2);
const { values, positionals } = parseArgs({
  args: process.argv.slice(2, own < 0 ? undefined : own),
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '1,5' },
    seeds: { type: 'string', default: '0' },
    contestants: { type: 'string', default: 'ramble,nanogpt,tuned,untouched,counts' },
    rows: { type: 'string' },
    table: { type: 'string' },
    'any-load': { type: 'boolean', default: false },
  },
});
const flags = own < 0 ? [] : process.argv.slice(own + 1);
const folder = mkdtempSync(join(tmpdir(), 'ramble-minutes-'));
const [train, test, run] = ['train.txt', 'test.txt', 'run'].map((name) => join(folder, name));
const contestants = { ramble: trainRamble, nanogpt: trainNanoGpt, tuned: tuneSmolLm2 };
const machine = describeMachine();
const kept = values.rows !== undefined && existsSync(values.rows) ? readRows(values.rows) : [];

try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure() {
  const rows = [];
  /** Prints a row: an earlier result with the same facts from the file, or else a new measurement. */
  const report = async (facts, measureRow) => {
    const known = { ...facts, processor: machine.processor, flags: flags.join(' ') };
    const isOf = (row) => Object.entries(known).every(([name, value]) => row[name] === value);
    const old = kept.find((row) => isOf(row) && (values['any-load'] || !row.busy));
    const row = old ?? { ...known, ...(await measureRow()) };
    rows.push(row);
    console.log(JSON.stringify(row));
    if (values.rows !== undefined && old === undefined) {
      appendFileSync(values.rows, `${JSON.stringify(row)}\n`);
    }
  };
  const pairs = positionals.length > 0 ? positionals : ['austen', 'emma', 'melville'];
  checkNames('pair', pairs, Object.keys(BOOKS));
  const chosen = values.contestants.split(',');
  checkNames('contestants', chosen, [...Object.keys(contestants), 'untouched', 'counts']);
  for (const pair of pairs) {
    const [before, after] = await BOOKS[pair].of();
    writeFileSync(train, before);
    writeFileSync(test, after);
    if (chosen.includes('counts')) {
      for (const [contestant, bits] of Object.entries(counters(before, after))) {
        await report({ pair, contestant }, async () => ({ bits: await bits() }));
      }
    }
    if (chosen.includes('untouched')) {
      await report({ pair, contestant: 'untouched' }, async () => evaluate(await importSmolLm2()));
    }
    for (const minutes of values.minutes.split(',').map(Number)) {
      for (const seed of values.seeds.split(',').map(Number)) {
        for (const [contestant, measureOne] of Object.entries(contestants)) {
          if (!chosen.includes(contestant)) continue;
          rmSync(run, { recursive: true, force: true });
          await report({ pair, contestant, minutes, seed }, () => measureOne(minutes, seed, after));
        }
      }
    }
  }
  if (values.table !== undefined) await writePage(rows);
}

function checkNames(what, names, known) {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new RangeError(`${what}: expected one of ${known.join(', ')}, got ${unknown}`);
}

async function trainRamble(minutes, seed) {
  return trainAndEvaluate(minutes, seed, flags, ['--stride', '128']);
}

async function tuneSmolLm2(minutes, seed) {
  const base = await importSmolLm2();
  return trainAndEvaluate(minutes, seed, ['--init-from', base, '--lora-rank', '16'], []);
}

/** Returns the folder of the imported model. */
async function importSmolLm2() {
  const base = join(folder, 'smollm2');
  const words = ['text', 'import', 'smollm2-135m-instruct', '--out', base];
  if (!existsSync(base)) await output(process.execPath, [ramble, ...words]);
  return base;
}

async function trainAndEvaluate(minutes, seed, settings, evaluation) {
  const words = [
    '--data',
    train,
    '--out',
    run,
    '--max-minutes',
    minutes,
    '--seed',
    seed,
    '--quiet',
  ];
  const [, busy] = await output(process.execPath, [ramble, 'text', 'train', ...words, ...settings]);
  return { ...(await evaluate(run, evaluation)), ...busy };
}

/** Returns the loss on the test text in bits per character, and the step of the measured checkpoint. */
async function evaluate(model, words = []) {
  const [printed] = await output(process.execPath, [
    ...[ramble, 'text', 'evaluate', '--model', model, '--data', test, '--json', ...words],
  ]);
  const { bitsPerCharacter: bits, step: steps } = JSON.parse(printed);
  return { bits, steps };
}

async function trainNanoGpt(minutes, seed, after) {
  const words = [train, '--valid', test, '--minutes', minutes, '--seed', seed, '--stride', 32];
  const [printed, busy] = await output(peers, ['nanogpt_char.py', ...words]);
  const { validationLoss, steps } = JSON.parse(printed);
  const characters = [...after].length;
  return { bits: ((validationLoss / Math.LN2) * (characters - 1)) / characters, steps, ...busy };
}

/**
 * Returns models that only count (n-grams and compressors) by name, as functions that return bits per character of the
 * second text.
 */
function counters(before, after) {
  const vocabularySize = new Set(before + after).size + 1;
  const nGram = (order) => () =>
    bitsPerCharacter(kneserNey(before, order, vocabularySize), order, before, after);
  let compressed; // by all compressors in one run
  const compress = (name) => async () => {
    compressed ??= output(peers, ['compress.py', train, test]);
    const [printed] = await compressed;
    return JSON.parse(printed)[name];
  };
  return {
    ...{ '5-gram': nGram(5), '6-gram': nGram(6) },
    ...{ xz: compress('xz'), ppmd: compress('ppmd') },
  };
}

/** Runs a command. Returns its output, and `busy` if other programs used more than `IDLE_SHARE` of the processors. */
async function output(command, words) {
  const start = { time: performance.now(), machine: machineSeconds() };
  const child = spawn(command, words.map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
  let own = 0;
  const timer = setInterval(() => (own = processSeconds(child.pid) ?? own), 250);
  const [printed, errors, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve, reject) => child.once('close', resolve).once('error', reject)),
  ]).finally(() => clearInterval(timer));
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: failed\n${errors}`);
  const seconds = ((performance.now() - start.time) / 1000) * availableParallelism();
  const share = (machineSeconds() - start.machine - own) / seconds;
  return [printed, share > IDLE_SHARE ? { busy: Number(share.toFixed(2)) } : {}];
}

/**
 * Returns the processor seconds that all programs have used since the boot, with the time that the host of a virtual
 * machine took (steal).
 */
function machineSeconds() {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user, nice, system, , , irq, softirq, steal] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

/** Returns the processor seconds that a process and its ended children have used, or undefined once it has ended. */
function processSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const times = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15);
    return times.reduce((sum, time) => sum + Number(time), 0) / TICKS;
  } catch {
    return undefined;
  }
}

/** Returns the two texts of a pair of Austen's novels, in the order of the corpus. */
async function novels(first, second) {
  const lines = (await corpus('austen')).trim().split('\n');
  return [first, second].map((at) => JSON.parse(lines[at]).text);
}

async function mobyDick() {
  const whole = await corpus('moby-dick');
  const end = whole.lastIndexOf('CHAPTER 116');
  return [whole.slice(0, end), whole.slice(end)];
}

function readRows(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

async function corpus(name) {
  const [printed] = await output(process.execPath, [ramble, 'data', 'get', name]);
  return readFileSync(printed.trim(), 'utf8');
}

async function writePage(rows) {
  const file =
    values.table || fileURLToPath(new URL('../../docs/dev/benchmarks/minutes.md', import.meta.url));
  const minutes = values.minutes.split(',').map(Number);
  const sections = [...new Set(rows.map(({ pair }) => pair))].flatMap((pair) => {
    const ofPair = rows.filter((row) => row.pair === pair);
    const names = [...new Set(ofPair.map(({ contestant }) => contestant))];
    const lines = names.map((name) => {
      const own = ofPair.filter(({ contestant }) => contestant === name);
      const cells = minutes.map((each) => cell(own.filter((row) => row.minutes === each)));
      return [
        name,
        ...(own[0].minutes === undefined ? minutes.map(() => own[0].bits.toFixed(3)) : cells),
      ];
    });
    return [
      `## ${BOOKS[pair].title}`,
      table(['contestant', ...minutes.map((n) => `${n} min`)], lines),
    ];
  });
  const page = [
    '# What a model learns in minutes',
    `Written by \`npm run bench:minutes\` on ${new Date().toISOString().slice(0, 10)}: ${machine.processor}, ${machine.cores} cores; seeds ${values.seeds}. The numbers are bits per character of the second text, which no model was trained on: the mean of the seeds, with the range, and the median number of updates. \`ramble\` is \`text train --data BOOK --max-minutes N${flags.map((flag) => ` ${flag}`).join('')}\`. \`nanogpt\` is nanoGPT's recipe for a CPU, in PyTorch. Both are measured in windows that move by half their length. \`tuned\` is SmolLM2-135M-Instruct with LoRA of rank 16; it has surely read these books before. The others count: n-grams of characters with modified Kneser-Ney smoothing, and compressors, which go on learning from the text that they are measured on.`,
    ...sections,
  ];
  writeFileSync(file, await format(`${page.join('\n\n')}\n`, { parser: 'markdown' }));
}

function cell(rows) {
  const counted = values['any-load'] ? rows : rows.filter(({ busy }) => !busy);
  if (counted.length === 0) return rows.length > 0 ? 'machine was busy' : '';
  const bits = counted.map((row) => row.bits);
  const mean = bits.reduce((sum, each) => sum + each, 0) / bits.length;
  const range =
    bits.length > 1 ? ` (${Math.min(...bits).toFixed(3)} to ${Math.max(...bits).toFixed(3)})` : '';
  const busy = counted.some((row) => row.busy) ? '; machine was busy' : '';
  return `${mean.toFixed(3)}${range}; ${Math.round(median(counted.map(({ steps }) => steps)))} updates${busy}`;
}
