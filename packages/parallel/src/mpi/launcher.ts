/** The variables that a launcher sets for each process that it starts. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What started the processes, by the variables that it set for each. */
export interface Launcher {
  readonly name: string;
  /** Number of processes as the launcher says it, from 1; undefined where no variable has it. */
  readonly count: number | undefined;
  /** The variable that `count` is from, or by which the launcher is known. */
  readonly variable: string;
  /** File names of the libraries that work under it, the best first. */
  readonly libraries: readonly string[];
  /** What libraries call themselves that do not work under it; absent where any may. */
  readonly foreign?: RegExp;
}

const OPEN_MPI = ['libmpi.so.40'];
const MPICH = ['libmpi.so.12'];
const STANDARD = ['libmpi_abi.so.1', 'libmpi_abi.so.0'];

/**
 * The launcher of this process:
 *
 * - `OMPI_COMM_WORLD_SIZE`: mpirun of Open MPI.
 * - `PMI_SIZE`: Hydra, which is mpiexec of MPICH, Intel MPI and MVAPICH; `srun --mpi=pmi2`.
 * - `MPI_LOCALNRANKS`: the same where `PMI_SIZE` is missing.
 * - `PMIX_RANK`: `srun --mpi=pmix`, prterun.
 * - `SLURM_STEP_NUM_TASKS` above 1: srun without MPI, so that its tasks do not train beside one another.
 *
 * A shell of one task under srun (`SLURM_STEP_NUM_TASKS` 1) is no launcher.
 *
 * @returns undefined where the process was started by none.
 */
export function findLauncher(environment: Environment): Launcher | undefined {
  const countIn = (variable: string): number | undefined => {
    const text = environment[variable];
    return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  };
  const openMpi = countIn('OMPI_COMM_WORLD_SIZE');
  if (openMpi !== undefined) {
    const libraries = [...OPEN_MPI, ...STANDARD];
    return {
      ...{ name: 'mpirun', variable: 'OMPI_COMM_WORLD_SIZE', count: openMpi, libraries },
      foreign: /MPICH|MVAPICH|Intel/,
    };
  }
  const pmi = countIn('PMI_SIZE');
  const slurm = countIn('SLURM_STEP_NUM_TASKS');
  if (slurm === 1) return undefined;
  if (slurm !== undefined) {
    const libraries =
      pmi === undefined
        ? [...OPEN_MPI, ...STANDARD, ...MPICH]
        : [...MPICH, ...STANDARD, ...OPEN_MPI];
    return { name: 'srun', variable: 'SLURM_STEP_NUM_TASKS', count: slurm, libraries };
  }
  const hydra = [...MPICH, ...STANDARD];
  if (pmi !== undefined) {
    return {
      ...{ name: 'mpiexec', variable: 'PMI_SIZE', count: pmi, libraries: hydra },
      foreign: /Open MPI/,
    };
  }
  if (environment.MPI_LOCALNRANKS !== undefined) {
    return { name: 'mpiexec', variable: 'MPI_LOCALNRANKS', count: undefined, libraries: hydra };
  }
  if (environment.PMIX_RANK !== undefined) {
    const libraries = [...OPEN_MPI, ...STANDARD, ...MPICH];
    return { name: 'PMIx', variable: 'PMIX_RANK', count: undefined, libraries };
  }
  return undefined;
}

/**
 * Whether a launcher of MPI started this process, so that `openRanks` finds others to train with.
 *
 * @param environment - The variables of the process; see `findLauncher` for those that are heeded.
 */
export function isLaunched(environment: Environment): boolean {
  return findLauncher(environment) !== undefined;
}

/**
 * The rank of this process as its launcher says it, before any library is opened; 0 where no variable has it.
 *
 * @param environment - The variables of the process.
 */
export function launchedRank(environment: Environment): number {
  const { OMPI_COMM_WORLD_RANK, PMI_RANK, PMIX_RANK, SLURM_PROCID } = environment;
  return Number(OMPI_COMM_WORLD_RANK ?? PMI_RANK ?? PMIX_RANK ?? SLURM_PROCID ?? 0);
}
