import { findInstalledMpis } from '@ramble/node/testing';

/**
 * The MPIs that `npm run setup:mpi` has put into ramble's cache folder.
 *
 * @param name - Of one of them; all without it.
 * @throws RangeError when there is none, or none of that name.
 */
export function wantedMpis(name) {
  const installed = findInstalledMpis();
  if (installed.length === 0) {
    throw new RangeError('MPI: expected one in the cache, got none; npm run setup:mpi gets some');
  }
  const wanted = installed.filter((mpi) => mpi.name === (name ?? mpi.name));
  if (wanted.length > 0) return wanted;
  const names = installed.map((mpi) => mpi.name).join(', ');
  throw new RangeError(`--mpi: expected one of ${names}, got ${name}`);
}
