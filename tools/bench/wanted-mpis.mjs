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
