import { findLauncher, isLaunched, launchedRank } from './launcher.js';

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
