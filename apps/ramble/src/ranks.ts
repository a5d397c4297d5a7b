import { setTimeout } from 'node:timers/promises';

import { AgreedError, type Io } from '@ramble/command-line';

/** A launcher ends all ranks with the first: that one is given time to tell what is wrong. */
const TELLING_MS = 1000;

/**
 * Joins the processes that a launcher of MPI has started with this one.
 *
 * @returns undefined where none has, and then opens no library.
 * @throws AgreedError where there is no library, or another launcher's: all ranks come to that.
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

/** Whether the first of the ranks tells an error that all come to; gives it the time for that. */
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
