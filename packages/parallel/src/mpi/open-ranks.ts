import { isMainThread } from 'node:worker_threads';

import type { Ranks } from '../ranks/ranks.js';

import { type Addon, loadAddon } from './addon/load-addon.js';
import { type Environment, findLauncher, type Launcher } from './launcher.js';
import { libraryPaths } from './library-paths.js';
import { endWithoutLauncher, RECOVERY_VARIABLE, rankRecovery } from './rank-recovery.js';

/** How ranks are opened. */
export interface OpenRanksOptions {
  /** The variables of the process, of which `RAMBLE_MPI` names a library to take. */
  readonly env?: Environment;
  /** Seconds that an operation may take before all ranks are ended, above 0; 600 by default. */
  readonly timeoutSeconds?: number;
  /** Whether ranks go on when some of them end; only with Open MPI 5 and `mpirun --with-ft ulfm`. */
  readonly survive?: boolean;
}

const NAME_IT = 'RAMBLE_MPI=PATH names its library';

/** Libraries of a process that no launcher started. */
const LIBRARIES = ['libmpi.so.40', 'libmpi.so.12', 'libmpi_abi.so.1', 'libmpi_abi.so.0'];

/**
 * Opens the library of MPI that belongs to the launcher, and joins the other ranks. A process can do so once,
 * on its main thread.
 *
 * @throws RangeError when an option is out of its range, or the library is another MPI's than the launcher, or
 *   joins another number of processes than that has started.
 * @throws Error when there is no library, it cannot do what `survive` asks for, or the process has opened its
 *   ranks before.
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
  const launcher = findLauncher(env);
  const addon = loadAddon();
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
  if (survive) endWithoutLauncher();
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

/** @returns the path of the library that was opened. */
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

/** What a library calls itself: `Open MPI v5.0.11`. */
function nameOf(library: string): string {
  return library.replace(/[,\n].*/s, '').replaceAll(/\s+/g, ' ');
}

/** The bytes of any array, in place. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
