/**
 * Times training steps of GPT-2 124M (model C of workloads.mjs) in one process with as many threads as there are
 * ranks, and on ranks of one thread each; with `--peers` also of PyTorch, in one process and with
 * DistributedDataParallel over gloo. Prints JSON.
 *   rank-efficiency.mjs [--mpi NAME] [--ranks 2] [--micro-batches 4] [--rounds 3] [--steps 3] [--peers]
 * The four take turns. `efficiency` is one process's time divided by the ranks' time: above 1, ranks are ahead.
 */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { describeMachine } from './describe-machine.mjs';
import { timedRanks, wantedMpis } from './timed-ranks.mjs';
import { median, wholeNumbers } from './numbers.mjs';

const OPTIONS = {
  mpi: { type: 'string', default: 'openmpi-5.0.11' },
  ranks: { type: 'string', default: '2' },
  'micro-batches': { type: 'string', default: '4' },
  rounds: { type: 'string', default: '3' },
  steps: { type: 'string', default: '3' },
  peers: { type: 'boolean', default: false },
};

try {
  const { values } = parseArgs({ options: OPTIONS });
  const names = ['ranks', 'micro-batches', 'rounds', 'steps'];
  const [mpi] = wantedMpis(values.mpi);
  const [ranks, microBatches, rounds, steps] = wholeNumbers(values, names);
  const load = { start: loadavg()[0] };
  const programs = contestants({ mpi, ranks, microBatches, steps, peers: values.peers });
  const results = measure(programs, rounds);
  load.end = loadavg()[0];
  const about = { date: new Date().toISOString().slice(0, 10), mpi: mpi.name, ranks, microBatches };
  console.log(JSON.stringify({ ...about, machine: describeMachine(), load, ...results }, null, 2));
} catch (error) {
  if (!(error instanceof RangeError) && !error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}

/** Returns the compared programs by name, as functions that run the steps once and return their times. */
function contestants({ mpi, ranks, microBatches, steps, peers }) {
  const work = [microBatches, steps].map(String);
  const ours = [process.execPath, join(import.meta.dirname, 'train-ranks.mjs'), 'C', ...work];
  const torch = join(import.meta.dirname, '../peers/run');
  const ddp = (count, threads) => [torch, 'train_ddp.py', String(count), String(threads), ...work];
  return {
    alone: () => timed(ours, { RAMBLE_THREADS: String(ranks) }),
    ranks: () => timedRanks(mpi, ranks, ours, { RAMBLE_THREADS: '1' }),
    ...(peers ? { torch: () => timed(ddp(1, ranks)), ddp: () => timed(ddp(ranks, 1)) } : {}),
  };
}

function timed([command, ...words], variables = {}) {
  const env = { ...process.env, ...variables };
  const stdio = ['ignore', 'pipe', 'inherit'];
  return JSON.parse(execFileSync(command, words, { env, encoding: 'utf8', stdio }));
}

/**
 * Runs the programs in turns. Returns the median and best milliseconds of a step, the fraction of time spent waiting,
 * and the parallel efficiencies.
 */
function measure(programs, rounds) {
  const times = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(programs)) {
      const { milliseconds, waitedShares = [] } = run();
      times[name] ??= { milliseconds: [], waitedShares: [] };
      times[name].milliseconds.push(...milliseconds);
      times[name].waitedShares.push(...waitedShares);
    }
  }
  const of = (summary) => {
    const ms = Object.fromEntries(
      Object.entries(times).map(([name, { milliseconds }]) => [name, summary(milliseconds)]),
    );
    return {
      milliseconds: Object.fromEntries(
        Object.entries(ms).map(([name, value]) => [name, Math.round(value)]),
      ),
      efficiency: rounded(ms.alone / ms.ranks),
      ...(ms.ddp && { efficiencyOfDdp: rounded(ms.torch / ms.ddp) }),
    };
  };
  return {
    median: of(median),
    best: of((all) => Math.min(...all)),
    waitedShare: rounded(median(times.ranks.waitedShares)),
  };
}

function rounded(number) {
  return Number(number.toFixed(3));
}
