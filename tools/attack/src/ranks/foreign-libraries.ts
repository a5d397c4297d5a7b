import { existsSync } from 'node:fs';

import { findInstalledMpis, type InstalledMpi } from '@ramble/node/testing';

import type { Attack, AttackSetup, Attempt } from '../attack.js';
import { attempt, expectSame } from '../attempt.js';
import { smallTraining } from './rank-training.js';

/** The launcher of one MPI with another MPI's library, with which each process would train alone. */
export const foreignLibraries: Attack = {
  name: 'foreign libraries',
  promise: "The launcher of one MPI with another's library is refused, and no run is written.",
  tries: { small: 2, full: 20 },
  attempts,
  missing: () =>
    foreignPairs().length > 0 ? undefined : 'npm run setup:mpi has not installed two kinds of MPI',
};

const REFUSAL = /^error: (\w+: expected the library of |RAMBLE_MPI: )/m;

async function* attempts({ tries, folder }: AttackSetup): AsyncGenerator<Attempt> {
  const training = await smallTraining(folder);
  const pairs = foreignPairs();
  for (let turn = 0; turn < tries; turn++) {
    const [mpi, other] = pairs[turn % pairs.length];
    const variables = { ...other.env, ...mpi.env, RAMBLE_MPI: other.library };
    yield await attempt(`${mpi.name} with the library of ${other.name}`, async () => {
      const { status, stderr } = await training.start(mpi, 'run', variables).ended;
      expectSame('whether it fails', status !== 0, true);
      if (!REFUSAL.test(stderr)) {
        throw new Error(`standard error: expected ${REFUSAL}, got ${JSON.stringify(stderr)}`);
      }
      expectSame('whether there is a run', existsSync(training.pathOf('run')), false);
    });
  }
}

/** Returns all pairs of installed MPIs with incompatible binary interfaces: one is Open MPI, the other is not. */
function foreignPairs(): [InstalledMpi, InstalledMpi][] {
  const mpis = findInstalledMpis();
  const isOpenMpi = ({ library }: InstalledMpi): boolean => library.endsWith('.40');
  return mpis.flatMap((mpi) =>
    mpis
      .filter((other) => isOpenMpi(other) !== isOpenMpi(mpi))
      .map((other): [InstalledMpi, InstalledMpi] => [mpi, other]),
  );
}
