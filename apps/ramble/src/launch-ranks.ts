import type { Io } from '@ramble/command-line';

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
