import {
  checkRanks,
  createParameterStore,
  keepOwnSlots,
  type Ranks,
  type TrainingConfig,
} from '@ramble/core';

import { AgreedError } from '../../verb/exit-errors.js';
import { formatShare } from '../../format/format-share.js';
import { gatherJson } from './gather-json.js';
import { isFirst } from './is-first.js';
import type { TrainingPlan } from './session.js';
import type { TrainFlags } from './train-flags.js';

type Description = TrainingPlan['description'] & Pick<TrainFlags, 'shardOptimizer'>;

/**
 * Checks that ranks can share a training, and that all are about to train the same: gradients of different
 * data or models are not to be added up.
 *
 * @throws AgreedError that names the data, or says that settings differ or cannot be shared, or that the
 *   engine cannot share out the optimizer.
 */
export async function checkSameOnRanks(ranks: Ranks, own: Description): Promise<void> {
  const all = await gatherJson(ranks, own);
  const isTold = isFirst(ranks);
  const fail = (message: string): never => {
    throw new AgreedError(new Error(message), isTold);
  };
  const [first] = all;
  try {
    checkRanks(ranks, first.model, first.training, first.shardOptimizer);
    if (first.shardOptimizer) keepOwnSlots(createParameterStore([]), ranks); // the engine can do so
  } catch (error) {
    throw new AgreedError(error, isTold);
  }
  const settingsOf = ({ model, training, shardOptimizer }: Description): string =>
    JSON.stringify([model, training, shardOptimizer]);
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

/** A note on ranks that have less to do than others; none where all have the same. */
export function idleNote(
  { count }: Pick<Ranks, 'count'>,
  { gradAccumSteps }: Pick<TrainingConfig, 'gradAccumSteps'>,
): string | undefined {
  const most = Math.ceil(gradAccumSteps / count);
  const idle = 1 - gradAccumSteps / (most * count);
  if (idle === 0) return undefined;
  return `${count} ranks share out ${gradAccumSteps} micro-batches (--grad-accum-steps), and are idle for ${formatShare(idle)} of the time; a multiple of ${count} keeps all of them busy`;
}
