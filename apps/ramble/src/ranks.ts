import { setTimeout } from 'node:timers/promises';

import { AgreedError, type Io } from '@ramble/command-line';

/** Delay of other ranks, so that rank 0 can print the error: a launcher ends all ranks when any rank exits. */
const TELLING_MS = 1000;

/**
 * Joins the processes that a launcher of MPI has started with this one.
 *
 * @returns `undefined` if no launcher started this process; MPI's library is then not opened.
 * @throws AgreedError if the library is missing or belongs to another MPI; all ranks throw this error.
 */
export const openRanks: Required<Io>['openRanks'] = async (options) => {
  const { isLaunched, openRanks: open } = await import('@ramble/parallel/mpi');
  if (!isLaunched(process.env)) return undefined;
  try {
    return await open(options);
  } catch (error) {
    throw new AgreedError(error, !(await leavesToFirst()));
  }
};

/** Whether rank 0, and not this rank, reports an error that all ranks have. Waits until rank 0 had time for that. */
export async function leavesToFirst(): Promise<boolean> {
  const { launchedRank } = await import('@ramble/parallel/mpi');
  if (launchedRank(process.env) === 0) return false;
  await setTimeout(TELLING_MS);
  return true;
}

/** Starts this command again, as ranks, with the words that it was given. */
export function rankLauncher(io: Pick<Io, 'onInterrupt'>): Required<Io>['launchRanks'] {
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
