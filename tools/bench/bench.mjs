/**
 * `npm run bench`: measures the speed of the engine native on this machine, as JSON. With `--peers` (`npm run
 * bench:peers`) other programs take turns with it: PyTorch and the other peers of tools/peers, tfjs-node if it is
 * set up (`npm run setup:tensorflow`), other decoders. `speed` is a contestant's time over native's time, by
 * medians: above 1, native is ahead.
 *   bench.mjs [--peers] [--rounds N] [--threads N] [--isa avx2] [--table [--out PAGE] [--any-load]] [row …]
 * `--table` also writes a page of the numbers, docs/dev/benchmarks/PROCESSOR.md, and refuses a busy machine.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { benchmarkPage } from './benchmark-page.mjs';
import { checkLoad } from './check-load.mjs';
import { describeMachine } from './describe-machine.mjs';
import { holdTo } from './hold-to.mjs';
import { ROWS } from './rows.mjs';
import { summarizeRow } from './summarize-row.mjs';
import { takeTurns } from './take-turns.mjs';
import { wholeNumbers } from './numbers.mjs';

const docs = resolve(import.meta.dirname, '../../docs/dev');
const OPTIONS = {
  peers: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '5' },
  threads: { type: 'string', default: String(availableParallelism()) },
  isa: { type: 'string' },
  table: { type: 'boolean', default: false },
  out: { type: 'string' },
  'any-load': { type: 'boolean', default: false },
};
const machine = describeMachine();
const loads = { start: loadavg()[0] };
try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const [rounds, threads] = wholeNumbers(values, ['rounds', 'threads']);
  const asked = { values, positionals, rounds, threads };
  if (values.table && !values['any-load']) checkLoad(loads.start);
  await report(asked, await measure(asked));
} catch (error) {
  if (!(error instanceof RangeError) && !error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}

async function measure({ values, positionals, rounds, threads }) {
  const env = environment(threads, values.isa);
  const names = positionals.length > 0 ? positionals : Object.keys(ROWS);
  for (const name of names.filter((each) => !(each in ROWS))) {
    throw new RangeError(`row: expected one of ${Object.keys(ROWS).join(', ')}, got ${name}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'ramble-bench-'));
  const rows = {};
  try {
    for (const name of names) {
      console.error(`${name} …`);
      const commands = Object.entries(ROWS[name])
        .filter(([, { isPeer }]) => values.peers || !isPeer)
        .map(([contestant, { command }]) => [
          contestant,
          command({ folder, threads: String(threads) }),
        ])
        .filter(([, command]) => command);
      const players = await takeTurns(Object.fromEntries(commands), { rounds, env });
      const versions = Object.entries(players).map(([contestant, player]) => [
        contestant,
        player.versions,
      ]);
      rows[name] = { versions: Object.fromEntries(versions), summary: summarizeRow(players) };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return rows;
}

/** Returns the environment that gives all contestants the same threads, and limits their instruction set. */
function environment(threads, isa) {
  const names = ['RAMBLE_THREADS', 'OMP_NUM_THREADS', 'BLIS_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS'];
  const ofThreads = names.map((name) => [name, String(threads)]);
  return { ...process.env, ...Object.fromEntries(ofThreads), ...holdTo(isa) };
}

async function report({ values, positionals, rounds, threads }, rows) {
  loads.end = loadavg()[0];
  const about = {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    commit: commit(),
    threads,
    rounds,
    isa: values.isa,
  };
  const results = Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [name, row.summary]),
  );
  const versions = Object.assign({}, ...Object.values(rows).map((row) => row.versions));
  console.log(JSON.stringify({ ...about, machine, loads, versions, results }, null, 2));
  if (!values.table) return;
  const page = resolve(values.out ?? join(docs, 'benchmarks', `${slugOf(machine.processor)}.md`));
  mkdirSync(dirname(page), { recursive: true });
  const text = await benchmarkPage(
    {
      ...about,
      ...{ machine, loads, anyLoad: values['any-load'] },
      command: commandLine({ values, positionals }),
      explained: explainedFrom(dirname(page)),
    },
    rows,
  );
  writeFileSync(page, text);
  console.error(`wrote ${relative(process.cwd(), page)}`);
}

/** Returns the user's command line, without the page's path. */
function commandLine({ values, positionals }) {
  const { peers, ...options } = values;
  const words = Object.entries(options)
    .filter(([name, value]) => value && name !== 'out')
    .map(([name, value]) => (value === true ? `--${name}` : `--${name} ${value}`));
  return [`npm run ${peers ? 'bench:peers' : 'bench'} --`, ...words, ...positionals].join(' ');
}

/** Returns Markdown for the page that explains the rows: a link if this page is in the same docs, else its path. */
function explainedFrom(folder) {
  const isInDocs = !relative(docs, folder).startsWith('..');
  return isInDocs
    ? `[benchmarks](${relative(folder, join(docs, 'benchmarks.md'))})`
    : 'docs/dev/benchmarks.md';
}

function commit() {
  const words = ['describe', '--always', '--dirty=, with changes', '--exclude=*'];
  try {
    return execFileSync('git', words, { cwd: docs, encoding: 'utf8' }).trim();
  } catch {
    return 'not known';
  }
}

function slugOf(processor) {
  return processor
    .replace(/\((r|tm)\)/gi, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
