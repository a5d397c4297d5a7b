import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

import { messageOf } from '@ramble/core/files';
import { loadBinary } from '@ramble/node/addon';

import { bytesOf, LostRankError, type RankRecovery, type Ranks } from '../ranks/ranks.js';
import { SOURCES_SHA256 } from './addon/sources-sha256.gen.js';
import { libraryPaths } from './launch.js';
import { type Environment, findLauncher, type Launcher } from './launcher.js';

/** Options of `openRanks`. */
export interface OpenRanksOptions {
  /** Environment variables, by default the process's. `RAMBLE_MPI` is the path of the library to open. */
  readonly env?: Environment;
  /** Seconds that an operation may take before all ranks are ended, above 0; 600 by default. */
  readonly timeoutSeconds?: number;
  /** Whether ranks continue when some of them end; only with Open MPI 5 and `mpirun --with-ft ulfm`. */
  readonly survive?: boolean;
}

const NAME_IT = 'RAMBLE_MPI=PATH names its library';

/** File names of the libraries to try in a process that no launcher started. */
const LIBRARIES = ['libmpi.so.40', 'libmpi.so.12', 'libmpi_abi.so.1', 'libmpi_abi.so.0'];

/**
 * Opens the library of MPI that belongs to the launcher, and joins the other ranks. A process can do so once,
 * on its main thread.
 *
 * @throws RangeError if an option is out of its range, if the library and the launcher belong to different
 *   MPIs, or if the library joins another number of processes than the launcher started.
 * @throws Error if no library exists, if it does not support `survive`, or if the process has already opened
 *   its ranks.
 */
export async function openRanks({
  env = process.env,
  timeoutSeconds = 600,
  survive = false,
}: OpenRanksOptions = {}): Promise<Ranks> {
  if (!(timeoutSeconds > 0)) {
    throw new RangeError(`timeoutSeconds: expected a number above 0, got ${timeoutSeconds}`);
  }
  if (!isMainThread) throw new Error('ranks: expected the main thread, got a worker thread');
  if (process.platform === 'win32') throw new Error('MPI: Windows has none for ramble; use WSL');
  const launcher = findLauncher(env);
  const name = '@ramble/parallel';
  const addon = loadBinary({ name, folder: PACKAGE, made: [SOURCES_SHA256] }) as Addon; // its hash was checked
  if (!addon.take()) throw new Error('ranks: expected one opening in a process, got a second one');
  const path = openLibrary(addon, env.RAMBLE_MPI, launcher);
  const library = nameOf(addon.describe());
  if (launcher?.foreign?.test(library)) {
    throw new RangeError(
      `${launcher.variable}: expected the library of ${launcher.name}, got ${path} (${library}), another MPI's; ${NAME_IT}`,
    );
  }
  if (survive && !(addon.canRecover() && env[RECOVERY_VARIABLE] === '1')) {
    const got = `${library}${addon.canRecover() ? ' without it' : ''}`;
    throw new Error(`survive: expected Open MPI 5 or later and mpirun --with-ft ulfm, got ${got}`);
  }
  // The library, which reads this as it starts, then ends without the launcher's barrier, which sometimes waits
  // forever for a killed rank. The remaining ranks have met in their own barrier by then.
  if (survive) process.env.OMPI_MCA_async_mpi_finalize ??= '1';
  const { rank, count } = await addon.start(timeoutSeconds);
  if (launcher?.count !== undefined && launcher.count !== count) {
    await addon.close();
    throw new RangeError(
      `${launcher.variable}: expected ${launcher.count} ranks, got ${count} from ${path} (${library}): ` +
        `${launcher.name} starts another MPI's programs; ${NAME_IT}`,
    );
  }
  const recovery = survive ? rankRecovery(addon, { rank, count }) : undefined;
  const place = recovery?.place ?? { rank, count };
  const ended = <T>(work: Promise<T>): Promise<T> => recovery?.ended(work) ?? work;
  return {
    get rank() {
      return place.rank;
    },
    get count() {
      return place.count;
    },
    recovery,
    sum: (values) => ended(addon.sum(values)),
    sumParts: (values, ends) => ended(addon.sumParts(values, Float64Array.from(ends))),
    gatherParts: (values, ends) => ended(addon.gatherParts(values, Float64Array.from(ends))),
    broadcast: (values) => ended(addon.broadcast(bytesOf(values))),
    gather: (bytes) => ended(addon.gather(bytes)),
    announce: (work) => addon.announce(work),
    abort: (status) => addon.abort(status),
    close: () => addon.close(),
  };
}

/**
 * Opens the wanted library, or else the first library of the launcher that can be opened.
 *
 * @returns the path of the opened library.
 */
function openLibrary(addon: Addon, wanted: string | undefined, launcher?: Launcher): string {
  const names = launcher?.libraries ?? LIBRARIES;
  const paths = wanted ? [wanted] : names.flatMap((name) => libraryPaths(name));
  const reasons: string[] = [];
  for (const path of paths) {
    const reason = addon.load(path);
    if (reason === '') return path;
    if (wanted || !reason.startsWith(`${path}: cannot open`)) reasons.push(reason);
  }
  const reason = reasons.length > 0 ? ` (${reasons.join('; ')})` : '';
  if (wanted) throw new Error(`RAMBLE_MPI: expected a library of MPI, got ${wanted}${reason}`);
  throw new Error(
    `MPI: expected ${names.join(', ')}${launcher ? ` for ${launcher.name}` : ''}, got none of them${reason}; ` +
      `install one, or name it by RAMBLE_MPI=PATH`,
  );
}

/** Returns the name and version of a library from its description: `Open MPI v5.0.11`. */
function nameOf(library: string): string {
  return library.replace(/[,\n].*/s, '').replaceAll(/\s+/g, ' ');
}

/** Variable that `mpirun --with-ft ulfm` sets to 1: other ranks survive when one ends. */
const RECOVERY_VARIABLE = 'OMPI_MCA_mpi_ft_enable';

interface MpiRecovery extends RankRecovery {
  /** Rank of this process among the remaining ranks, and their number. */
  readonly place: Pick<Ranks, 'rank' | 'count'>;
  /** Returns an operation's result, and converts each of its errors to a `LostRankError`. */
  ended<T>(work: Promise<T>): Promise<T>;
}

/** Recovery by User Level Failure Mitigation (MPI Forum's proposal of 2012; Bland et al. 2013). */
function rankRecovery(
  addon: Pick<Addon, 'agree' | 'shrink'>,
  { rank, count }: Pick<Ranks, 'rank' | 'count'>,
): MpiRecovery {
  const place = { rank, count };
  return {
    place,
    ended: async (work) => {
      try {
        return await work;
      } catch (error) {
        const reason = messageOf(error);
        throw new LostRankError(reason, { cause: error });
      }
    },
    agree: (isDone) => addon.agree(isDone),
    shrink: async () => {
      Object.assign(place, await addon.shrink());
      if (place.rank > 0 || rank === 0) return;
      throw new Error(
        'ranks: expected the first one to go on, which has the run, got its end; train --resume goes on from the last checkpoint',
      );
    },
  };
}

/** Exports of the binary. Operations run in the order of their calls, on a separate thread. */
interface Addon {
  /** Opens a library by path or name; returns the reason for a failure, or an empty text. */
  load(library: string): string;
  /** Whether this is the first call in the process: MPI starts only once in a process. */
  take(): boolean;
  /** Joins the other ranks. An operation that takes longer than `timeoutSeconds` ends the process. */
  start(timeoutSeconds: number): Promise<Pick<Ranks, 'rank' | 'count'>>;
  /** The library's description of itself; available before `start`. */
  describe(): string;
  /** Whether the library can continue after some ranks have ended. */
  canRecover(): boolean;
  /**
   * Returns whether all remaining ranks pass true. If one passes false, the operations in which other ranks wait are
   * rejected.
   */
  agree(isDone: boolean): Promise<boolean>;
  /** Excludes the ranks that have ended. Returns the new rank of this process and the number of remaining ranks. */
  shrink(): Promise<Pick<Ranks, 'rank' | 'count'>>;
  sum(values: Float32Array | Float64Array): Promise<void>;
  sumParts(values: Float32Array, ends: Float64Array): Promise<void>;
  gatherParts(values: Float32Array, ends: Float64Array): Promise<void>;
  broadcast(bytes: Uint8Array): Promise<void>;
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Sets the purpose of the next operations, in at most 60 bytes of UTF-8. */
  announce(work: string): void;
  /** Ends the processes of all ranks. */
  abort(status: number): never;
  close(): Promise<void>;
}

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
