import { execFileSync } from 'node:child_process';

import { findInstalledMpis } from '@ramble/node/testing';

/**
 * Returns the MPIs that `npm run setup:mpi` has put into ramble's cache folder.
 *
 * @param name - Name of one MPI; all unless given.
 * @throws RangeError if the cache has none, or none of that name.
 */
export function wantedMpis(name) {
  const installed = findInstalledMpis();
  if (installed.length === 0) {
    throw new RangeError('MPI: the cache has none; run npm run setup:mpi');
  }
  const wanted = installed.filter((mpi) => mpi.name === (name ?? mpi.name));
  if (wanted.length > 0) return wanted;
  const names = installed.map((mpi) => mpi.name).join(', ');
  throw new RangeError(`--mpi: expected one of ${names}, got ${name}`);
}

/** Starts a program as some ranks; returns the JSON that rank 0 prints. */
export function timedRanks(mpi, ranks, command, variables = {}) {
  const env = { ...process.env, ...mpi.env, RAMBLE_MPI: mpi.library, ...variables };
  const output = execFileSync(mpi.launcher, [...mpi.arguments, String(ranks), ...command], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}
