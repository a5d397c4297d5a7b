import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { type InstalledMpi, type LaunchedRanks, makeNetwork } from '@ramble/node/testing';

import { endWithin, type RankTraining, type SmallTraining } from './rank-training.js';

/** Maximum seconds until all have ended after a fault; a busy machine needs long to end processes. */
const MAX_SECONDS = 15;
/** Seconds that processes may outlive their launcher. */
const GRACE_SECONDS = 10;

/** Targets for a fault from outside. */
interface Target {
  readonly training: RankTraining;
  /** Process of the rank. */
  readonly id: number;
  /** Cuts the link of the rank's machine. */
  readonly cutLink: () => void;
}

/** A kind of fault that one of two ranks, or their launcher, is made to have. */
export interface Fault {
  readonly name: string;
  /** Behaviour that ramble promises after this fault, as the report prints it. */
  readonly promise: string;
  /** Returns the environment variables that make a rank cause the fault itself. Absent if `strike` causes it. */
  readonly variables?: (rank: number, milliseconds: number) => Readonly<Record<string, string>>;
  /** Causes the fault from outside, for example by a signal to the rank's process. */
  readonly strike?: (target: Target) => void;
  /** Whether each rank is on a separate machine, made up of network namespaces. */
  readonly isOnNetwork?: boolean;
  /** Whether the fault makes a rank hang. If it hangs when the training is over, the launcher waits for it for ever. */
  readonly isHang?: boolean;
  /** Additional seconds that this fault may take. */
  readonly extraSeconds?: number;
  /** Pattern of the message that ramble must print. */
  readonly message?: RegExp;
}

/** A training of two ranks, and the rank and time of its fault. */
export interface Trial {
  readonly training: SmallTraining;
  readonly mpi: InstalledMpi;
  readonly run: string;
  readonly rank: number;
  /** Time of the fault, in milliseconds after the start. */
  readonly moment: number;
}

/** State of a training after its fault. */
export interface Struck {
  /** Exit status and output of the ranks; absent if they have not ended in time. */
  readonly ended?: LaunchedRanks;
  /** Ids of processes that still run. */
  readonly left: readonly number[];
}

/**
 * Starts a training, applies a fault to one of its ranks, and waits for the end of all. Remaining
 * processes are killed.
 *
 * @returns undefined if the training had ended before the fault.
 */
export async function strike(fault: Fault, trial: Trial): Promise<Struck | undefined> {
  const { training, mpi, run, rank, moment } = trial;
  const network = fault.isOnNetwork
    ? makeNetwork({ machines: 2, folder: await mkdtemp(join(training.pathOf('.'), 'network-')) })
    : undefined;
  try {
    const launched = network?.launching(mpi) ?? mpi;
    const ranks = training.start(launched, run, fault.variables?.(rank, moment));
    let isStruck = false;
    if (fault.strike) {
      await setTimeout(moment);
      const id = await processOf(rank, ranks);
      isStruck = id !== undefined;
      if (id !== undefined) {
        fault.strike({ training: ranks, id, cutLink: () => network?.cut(rank + 1) });
      }
    }
    const seconds = MAX_SECONDS + (fault.extraSeconds ?? 0) + (fault.strike ? 0 : moment / 1000);
    const ended = await endWithin(seconds, ranks);
    isStruck ||= ended?.stderr.includes('fault: ') ?? true;
    // A machine that is cut off, and ranks without a launcher, end by themselves.
    const grace = GRACE_SECONDS + (fault.extraSeconds ?? 0);
    const left = await leftOf(ranks, ended ? grace : 0);
    for (const id of left) sendSignal(id, 'SIGKILL');
    await ranks.ended;
    return isStruck ? { ended, left } : undefined;
  } finally {
    network?.remove();
  }
}

/** Sends a signal to a process, if it still runs. */
export function sendSignal(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(id, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // `kill` throws only such errors
  }
}

/** Waits for a rank to start; returns `undefined` if the launcher has ended. */
async function processOf(rank: number, ranks: RankTraining): Promise<number | undefined> {
  for (;;) {
    const id = ranks.processOf(rank);
    if (id !== undefined || ranks.launcher.exitCode !== null) return id;
    await setTimeout(5);
  }
}

/** Returns the processes that remain after some seconds. */
async function leftOf(ranks: RankTraining, seconds: number): Promise<number[]> {
  const end = performance.now() + 1000 * seconds;
  while (ranks.processes().length > 0 && performance.now() < end) await setTimeout(20);
  return ranks.processes();
}
