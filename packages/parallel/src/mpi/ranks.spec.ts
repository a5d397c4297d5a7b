import { createHash } from 'node:crypto';

import { ABSENT, type InstalledMpi, installedMpis } from '@ramble/node/testing';

import { launch } from '../../test/launch.js';

const SMALL = [0, 1, 2, 7, 1000];
/** Pairs of a number of ranks, which share two cores or more, and the lengths of the arrays that they sum. */
const RUNS: readonly (readonly [number, readonly number[]])[] = [
  [1, SMALL],
  [2, [...SMALL, 5_000_000]],
  [3, SMALL],
  [4, [...SMALL, 4000, 100_000, 1_000_003]],
  [8, [...SMALL, 4000, 100_000]],
];
const mpis = installedMpis();

function hashOf(array: Uint16Array): string {
  return createHash('sha256').update(array).digest('hex');
}

/** Returns the environments that select each of an MPI's libraries. */
function librariesOf({ standardLibrary }: InstalledMpi): Record<string, string>[] {
  return standardLibrary === undefined ? [{}] : [{}, { RAMBLE_MPI: standardLibrary }];
}

const eachMpi = mpis.length > 0 ? describe.each(mpis) : describe.skip.each([ABSENT]);

eachMpi('ranks under $name', (mpi) => {
  const cases = librariesOf(mpi).flatMap((env) =>
    RUNS.map(([count, lengths]) => ({ env, count, lengths })),
  );

  it.each(cases)(
    '$count ranks have the sums of plain JavaScript; $env',
    async ({ env, count, lengths }) => {
      const words = lengths.map(String);
      const { status, lines, stderr } = await launch(mpi, { count, env }, 'sum-ranks', ...words);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      const first = lines.find(({ rank }) => rank === 0);
      const each = {
        count,
        // With three ranks, the library determines the order of summation, but all ranks have the same bits.
        sums: count === 3 ? lines[0].sums : first?.expected,
        sumsOfParts: count === 3 ? lines[0].sumsOfParts : first?.expectedParts,
        broadcast: hashOf(Uint16Array.from({ length: 999 }, (_, i) => i + 1)),
        gathered: Array.from({ length: count }, (_, rank) =>
          new Array<number>(3 * rank).fill(rank + 1),
        ),
      };
      const ranks = [...lines].sort((a, b) => Number(a.rank) - Number(b.rank));
      expect(ranks).toEqual(
        Array.from(
          { length: count },
          (_, rank) => expect.objectContaining({ rank, ...each }) as unknown,
        ),
      );
    },
  );

  it('JavaScript continues while a rank waits for another, and an idle thread sleeps', async () => {
    const { status, lines } = await launch(mpi, { count: 2 }, 'wait-for-sum');
    expect(status).toBe(0);
    const [{ ticks, idleCpuMs }] = lines;
    expect(ticks).toBeGreaterThan(20); // of 100 ticks in the second of waiting
    expect(idleCpuMs).toBeLessThan(250); // of a second
  });

  it('refuses the library of another MPI', async () => {
    const isOpenMpi = mpi.library.endsWith('.40');
    const other = mpis.find(({ library }) => library.endsWith('.40') !== isOpenMpi);
    if (other === undefined) return;
    const env = { ...other.env, ...mpi.env, RAMBLE_MPI: other.library };
    const { status, stderr, lines } = await launch(mpi, { count: 2, env }, 'sum-ranks', '1');
    expect({ lines, status }).toEqual({ lines: [], status: 1 });
    const [variable, name] = isOpenMpi
      ? ['OMPI_COMM_WORLD_SIZE', 'mpirun']
      : ['PMI_SIZE', 'mpiexec'];
    expect(stderr).toContain(
      `RangeError: ${variable}: expected the library of ${name}, got ${other.library} (`,
    );
  });
});
