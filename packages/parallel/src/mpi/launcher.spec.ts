import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findLauncher, findLaunchProgram, isLaunched, launchedRank } from './launcher.js';

describe('findLauncher', () => {
  it.each([
    [{ OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '0' }, 'mpirun', 4, 'libmpi.so.40'],
    [{ OMPI_COMM_WORLD_SIZE: '2', SLURM_STEP_NUM_TASKS: '1' }, 'mpirun', 2, 'libmpi.so.40'],
    [{ PMI_SIZE: '8', MPI_LOCALNRANKS: '4' }, 'mpiexec', 8, 'libmpi.so.12'],
    [{ MPI_LOCALNRANKS: '4' }, 'mpiexec', undefined, 'libmpi.so.12'],
    [{ SLURM_STEP_NUM_TASKS: '16', PMIX_RANK: '3' }, 'srun', 16, 'libmpi.so.40'],
    [{ SLURM_STEP_NUM_TASKS: '16', PMI_SIZE: '16' }, 'srun', 16, 'libmpi.so.12'],
    [{ SLURM_STEP_NUM_TASKS: '2' }, 'srun', 2, 'libmpi.so.40'],
    [{ PMIX_RANK: '0' }, 'PMIx', undefined, 'libmpi.so.40'],
  ])('%j is %s of %p ranks, with %s first', (environment, name, count, library) => {
    const launcher = findLauncher(environment);
    expect(launcher).toMatchObject({ name, count });
    expect(launcher?.libraries[0]).toBe(library);
    expect(isLaunched(environment)).toBe(true);
  });

  it.each([
    {},
    { SLURM_NTASKS: '4', SLURM_PROCID: '0' }, // the script of sbatch
    { SLURM_STEP_NUM_TASKS: '1', PMIX_RANK: '0', PMI_SIZE: '1' }, // a shell under srun
    { OMPI_COMM_WORLD_SIZE: '' },
  ])('%j belongs to no launcher', (environment) => {
    expect(isLaunched(environment)).toBe(false);
  });
});

describe('launchedRank', () => {
  it.each([
    [{ OMPI_COMM_WORLD_RANK: '3', PMIX_RANK: '3' }, 3],
    [{ PMI_RANK: '2' }, 2],
    [{ PMIX_RANK: '1' }, 1],
    [{ SLURM_PROCID: '5' }, 5],
    [{ MPI_LOCALNRANKS: '2' }, 0],
  ])('%j is rank %i', (environment, rank) => {
    expect(launchedRank(environment)).toBe(rank);
  });
});

let folder: string;
/** Creates programs that only print their version. */
function programs(versions: Readonly<Record<string, string>>): void {
  for (const [name, version] of Object.entries(versions)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 });
  }
}

const HOSTS = [
  { name: 'a', slots: 1 },
  { name: 'b', slots: 4 },
  { name: 'c', slots: 1 },
];

describe('findLaunchProgram', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ramble-launchers-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('starts ranks with Open MPI, and passes the names of variables to export', async () => {
    programs({ mpirun: 'mpirun (Open MPI) 5.0.11' });
    const { name, stopSignal, words, surviveWords, env } = await findLaunchProgram({
      PATH: folder,
    });
    expect(env).toEqual({ PMIX_MCA_gds: 'hash' });
    expect([name, stopSignal]).toEqual(['mpirun', 'SIGUSR2']);
    expect(surviveWords).toEqual(['--with-ft', 'ulfm']);
    expect(words(2, [], ['x', 'y'], ['V']).join(' ')).toBe(
      '--bind-to none -np 2 --oversubscribe -x V x y',
    );
    expect(words(3, HOSTS, ['x'], ['V', 'W']).join(' ')).toBe(
      '--bind-to none -np 3 --host a:1,b:2 -x V -x W x',
    );
  });

  it.each(['HYDRA build details:', 'Intel(R) MPI Library for Linux* OS, Version 2021.19.0'])(
    'starts ranks by Hydra, machine by machine: %s',
    async (version) => {
      programs({ mpirun: 'somebody else', mpiexec: version });
      const { name, stopSignal, words } = await findLaunchProgram({ PATH: folder });
      expect([name, stopSignal]).toEqual(['mpiexec', 'SIGINT']);
      expect(words(2, [], ['x', 'y'], ['V']).join(' ')).toBe('-n 2 x y');
      expect(words(3, HOSTS, ['x', 'y'], ['V']).join(' ')).toBe(
        '-n 1 -host a x y : -n 2 -host b x y',
      );
    },
  );

  it("passes over Intel's mpirun, which does not forward signals", async () => {
    const version = 'Intel(R) MPI Library for Linux* OS, Version 2021.19.0';
    programs({ mpirun: version, mpiexec: version });
    expect((await findLaunchProgram({ PATH: folder })).name).toBe('mpiexec');
  });

  it('refuses unknown launchers', async () => {
    programs({ mpirun: 'somebody else' });
    await expect(findLaunchProgram({ PATH: folder })).rejects.toThrow(
      'MPI: expected mpirun or mpiexec of Open MPI, MPICH or Intel MPI on the path, got none',
    );
  });
});
