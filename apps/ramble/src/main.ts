import { readFileSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { AgreedError, type Io, processIo, runCli, VERBS } from '@ramble/command-line';

import { APPS, ENGINES } from './built-in.js';

const packageJson = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(packageJson) as { version: string }; // as npm writes it

/** Path of the folder with the built page of the Explorer. */
const PAGE = fileURLToPath(
  new URL('dist/page', import.meta.resolve('@ramble/explorer-app/package.json')),
);

/** Node's exit status if the event loop is empty although the main module still awaits a promise. */
const UNSETTLED = 13;

process.once('exit', () => {
  if (process.exitCode !== UNSETTLED) return; // the exit code parameter is 0 in Node 20
  writeSync(
    process.stderr.fd,
    'error: expected an end, got a promise that never settles; a domain of your own may await one\n',
  );
  process.exitCode = 1;
});

/**
 * Maximum number of milliseconds that other ranks wait before they exit, so that rank 0 can print the error, on a busy
 * machine too: a launcher ends all ranks when any rank exits.
 */
const TELLING_MS = 10_000;

/**
 * Joins the processes that a launcher of MPI has started with this one.
 *
 * @returns `undefined` if no launcher started this process; MPI's library is then not opened.
 * @throws AgreedError if the library is missing or belongs to another MPI; all ranks throw this error.
 */
const openRanks: Required<Io>['openRanks'] = async (options) => {
  const { isLaunched, openRanks: open } = await import('@ramble/parallel/mpi');
  if (!isLaunched(process.env)) return undefined;
  try {
    return await open(options);
  } catch (error) {
    throw new AgreedError(error, !(await leavesToFirst()));
  }
};

const io = processIo();
// The exit code alone is not enough: an open handle, such as standard input, must not keep the process alive.
process.exit(
  await runCli(
    { version, engines: ENGINES, apps: APPS, verbs: VERBS, page: PAGE },
    process.argv.slice(2),
    {
      ...io,
      openRanks,
      leavesWordsToFirst: leavesToFirst,
      launchRanks: rankLauncher(io),
    },
  ),
);

/**
 * Returns false on rank 0, which reports errors. Other ranks wait until rank 0 has had time to print its error, and get
 * true.
 */
async function leavesToFirst(): Promise<boolean> {
  const { launchedRank } = await import('@ramble/parallel/mpi');
  if (launchedRank(process.env) === 0) return false;
  await setTimeout(TELLING_MS);
  return true;
}

/** Starts this command again, as ranks, with the words that it was given. */
function rankLauncher(io: Pick<Io, 'onInterrupt'>): Required<Io>['launchRanks'] {
  return async (launch) => {
    const { launchRanks } = await import('@ramble/parallel/mpi');
    const [program, ...words] = process.argv;
    return launchRanks({
      ...launch,
      command: [program, ...process.execArgv, ...words],
      onInterrupt: (listener) => io.onInterrupt(listener),
    });
  };
}
