/**
 * Times `ranks.sum` of @ramble/parallel/mpi in comparison with the same MPI_Allreduce in plain C++,
 * under the MPIs that `npm run setup:mpi` has put into ramble's cache folder, as JSON:
 *   sum-ranks.mjs [--mpi NAME] [--megabytes 498] [--rounds 7] [--ranks 2]
 * Each round launches the ranks of one program and then the other's, because ranks that wait for
 * their turn would spin. `ratio` is the time of plain C++ over ramble's: above 1, ramble is ahead.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { mpiFolder } from '../addons/mpi.mjs';
import { compile } from './contestant.mjs';
import { describeMachine } from './describe-machine.mjs';
import { timedRanks, wantedMpis } from './timed-ranks.mjs';
import { median, wholeNumbers } from './numbers.mjs';

const SUMS_PER_LAUNCH = 5;
const OPTIONS = {
  mpi: { type: 'string' },
  megabytes: { type: 'string', default: '498' },
  rounds: { type: 'string', default: '7' },
  ranks: { type: 'string', default: '2' },
};

try {
  const settings = readSettings();
  const load = { start: loadavg()[0] };
  const results = measure(settings);
  load.end = loadavg()[0];
  const { megabytes, rounds, ranks } = settings;
  const about = { date: new Date().toISOString().slice(0, 10), megabytes, rounds, ranks };
  console.log(JSON.stringify({ ...about, machine: describeMachine(), load, results }, null, 2));
} catch (error) {
  if (!(error instanceof RangeError) && !error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}

function readSettings() {
  const { values } = parseArgs({ options: OPTIONS });
  const [megabytes, rounds, ranks] = wholeNumbers(values, ['megabytes', 'rounds', 'ranks']);
  return { megabytes, rounds, ranks, mpis: wantedMpis(values.mpi) };
}

/** Times the sums under each MPI. @returns the result of `summarize` by name of the MPI. */
function measure({ mpis, megabytes, rounds, ranks }) {
  const folder = mkdtempSync(join(tmpdir(), 'ramble-bench-'));
  try {
    const cpp = join(mpiFolder, 'cpp');
    const plain = compile('plain-allreduce.cc', folder, [
      join(cpp, 'library/open-library.cc'),
      ...[cpp, join(import.meta.dirname, '../addons')].map((path) => `-I${path}`),
    ]);
    const size = [String((megabytes * 1e6) / 4), String(SUMS_PER_LAUNCH)];
    const ours = [process.execPath, join(import.meta.dirname, 'allreduce.mjs'), ...size];
    return Object.fromEntries(
      mpis.map((mpi) => {
        console.error(`${mpi.name} …`);
        const times = { ours: [], plain: [] };
        for (let round = 0; round < rounds; round++) {
          times.ours.push(...timedRanks(mpi, ranks, ours).milliseconds);
          times.plain.push(...timedRanks(mpi, ranks, [plain, mpi.library, ...size]).milliseconds);
        }
        return [mpi.name, summarize(times, megabytes)];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Returns the median and best milliseconds of ramble and of plain C++, gigabytes of the array per second, and the
 * ratios.
 */
function summarize(times, megabytes) {
  const by = { median, best: (all) => Math.min(...all) };
  return Object.fromEntries(
    Object.entries(by).map(([name, of]) => {
      const [ours, plain] = [of(times.ours), of(times.plain)];
      return [
        name,
        {
          milliseconds: { ours: rounded(ours), plain: rounded(plain) },
          gigabytesPerSecond: {
            ours: rounded(megabytes / ours),
            plain: rounded(megabytes / plain),
          },
          ratio: rounded(plain / ours),
        },
      ];
    }),
  );
}

function rounded(number) {
  return Number(number.toPrecision(3));
}
