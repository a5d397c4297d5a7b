import { availableParallelism, hostname } from 'node:os';

import type { TrainingConfig } from '@ramble/core';
import { createParameterStore, type InstructionSets } from '@ramble/core/engine';
import { checkRanks, keepOwnSlots, type Ranks, type StrategyOptions } from '@ramble/parallel';

import { AgreedError, UsageError } from '../../verb/exit-errors.js';
import { formatShare } from '../../format/format-number.js';
import type { TrainingPlan } from './session.js';
import type { TrainFlags } from './train-flags.js';

/** Whether this process is rank 0, which reads and writes the run, and prints for all ranks. */
export function isFirst({ rank }: Pick<Ranks, 'rank'>): boolean {
  return rank === 0;
}

/** Returns every rank's value on every rank (all-gather), in the order of the ranks. The values are sent as JSON. */
export async function gatherJson<T>(ranks: Pick<Ranks, 'gather'>, own: T): Promise<T[]> {
  const gathered = await ranks.gather(new TextEncoder().encode(JSON.stringify(own)));
  return gathered.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as T); // each rank wrote its own value
}

/**
 * Runs a function on every rank. If it fails on some ranks, it fails on all, and the first of the failed ranks reports
 * its error.
 *
 * @throws AgreedError that wraps the error.
 */
export async function together<T>(ranks: Ranks, work: () => Promise<T>): Promise<T> {
  const [own] = await Promise.allSettled([work()]);
  const flags = await ranks.gather(Uint8Array.of(own.status === 'rejected' ? 1 : 0));
  const failed = flags.findIndex(([flag]) => flag === 1);
  if (own.status === 'rejected') throw new AgreedError(own.reason, failed === ranks.rank);
  if (failed >= 0) throw new AgreedError(new Error(`rank ${failed} has failed`), false);
  return own.value;
}

/**
 * Returns the flags of this rank. If `--ranks` or `--hosts` is given and the number of threads is not, the processors
 * of a machine are divided among its ranks.
 *
 * @throws AgreedError if the number of ranks differs from `--ranks`.
 */
export async function flagsOnRank(ranks: Ranks, flags: TrainFlags): Promise<TrainFlags> {
  if (flags.ranks === undefined && flags.hosts === undefined) return flags;
  if (flags.ranks !== undefined && flags.ranks !== ranks.count) {
    const message = `--ranks: expected ${ranks.count}, those that the launcher has started, got ${flags.ranks}`;
    throw new AgreedError(new UsageError(message), isFirst(ranks));
  }
  const hosts = await gatherJson(ranks, hostname());
  if (flags.threads !== undefined || process.env.RAMBLE_THREADS) return flags;
  const ranksOfHost = hosts.filter((host) => host === hosts[ranks.rank]).length;
  return { ...flags, threads: Math.max(1, Math.floor(availableParallelism() / ranksOfHost)) };
}

/**
 * Makes all ranks compute with the best instruction set that all of them have. Instruction sets round differently, so
 * that with mixed sets the ranks' parameters would drift apart.
 *
 * @param own - Instruction sets of this rank's engine, if it reports any.
 * @throws AgreedError if the ranks have no instruction set in common.
 */
export async function agreeOnInstructions(
  ranks: Ranks,
  own: InstructionSets | undefined,
): Promise<void> {
  const all = await gatherJson(ranks, own?.names ?? []);
  const best = all[0].find((name) => all.every((names) => names.includes(name)));
  if (best !== undefined) {
    own?.use(best);
    return;
  }
  if (all.every((names) => names.length === 0)) return;
  const got = all.map((names, rank) => `${names.join(', ') || 'none'} on rank ${rank}`).join('; ');
  const message = `RAMBLE_ISA: expected an instruction set that all ranks have, got ${got}`;
  throw new AgreedError(new Error(message), isFirst(ranks));
}

/** Description of a planned training. It must be the same on all ranks. */
type Description = TrainingPlan['description'] & { readonly strategy: StrategyOptions };

/**
 * Checks that ranks can train together and are about to train the same: gradients of different data or models must
 * not be added up.
 *
 * @throws AgreedError that names the data, or reports settings that differ or do not work with ranks, or an engine
 *   that cannot shard the optimizer.
 */
export async function checkSameOnRanks(ranks: Ranks, own: Description): Promise<void> {
  const all = await gatherJson(ranks, own);
  const isReporter = isFirst(ranks);
  const fail = (message: string): never => {
    throw new AgreedError(new Error(message), isReporter);
  };
  const [first] = all;
  try {
    checkRanks(ranks, first.model, first.training, first.strategy);
    if (first.strategy.shardOptimizer) keepOwnSlots(createParameterStore([]), ranks); // checks that the engine can do so
  } catch (error) {
    throw new AgreedError(error, isReporter);
  }
  const settingsOf = ({ model, training, strategy }: Description): string =>
    JSON.stringify([model, training, strategy]);
  all.forEach((other, rank) => {
    const found = Object.values(other.data).map(({ sha256 }) => sha256);
    for (const [i, { path, sha256 }] of Object.values(first.data).entries()) {
      if (found[i] === sha256) continue;
      fail(`${path}: expected the same data on all ranks, got other data on rank ${rank}`);
    }
    if (other.engine !== first.engine) {
      fail(`engine: expected ${first.engine} on all ranks, got ${other.engine} on rank ${rank}`);
    }
    if (settingsOf(other) === settingsOf(first)) return;
    fail(`ranks: expected the same settings on all of them, got others on rank ${rank}`);
  });
}

/** Returns a note if some ranks have fewer micro-batches per update than others and so are idle; else `undefined`. */
export function idleNote(
  { count }: Pick<Ranks, 'count'>,
  { gradAccumSteps }: Pick<TrainingConfig, 'gradAccumSteps'>,
): string | undefined {
  const max = Math.ceil(gradAccumSteps / count);
  const idle = 1 - gradAccumSteps / (max * count);
  if (idle === 0) return undefined;
  return `${count} ranks share out ${gradAccumSteps} micro-batches (--grad-accum-steps), and are idle for ${formatShare(idle)} of the time; a multiple of ${count} keeps all of them busy`;
}
