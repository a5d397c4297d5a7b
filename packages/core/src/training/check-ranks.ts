import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import { decoderOf } from '../model/decoder.js';
import type { Ranks } from '../ranks/ranks.js';

/**
 * Checks that ranks can share the updates of a training.
 *
 * @param ranks - Absent for a process alone.
 * @throws RangeError for settings that do not go together, for more ranks than micro-batches, and for a model whose micro-batches need one
 *   another.
 */
export function checkRanks(
  ranks: Pick<Ranks, 'count' | 'recovery'> | undefined,
  model: ModelConfig,
  { gradAccumSteps, syncEvery }: Pick<TrainingConfig, 'gradAccumSteps' | 'syncEvery'>,
  shardOptimizer = false,
): void {
  if (!ranks) return;
  if (shardOptimizer && syncEvery > 0) {
    throw new RangeError(
      `syncEvery: expected 0 with shardOptimizer, as moments of ranks that train alone are their own, got ${syncEvery}`,
    );
  }
  if (ranks.recovery && (shardOptimizer || syncEvery > 0)) {
    const got = shardOptimizer ? 'shardOptimizer' : `syncEvery ${syncEvery}`;
    throw new RangeError(
      `survive: expected moments that all ranks have, as a rank that ends takes its own with it, got ${got}`,
    );
  }
  if (ranks.count > gradAccumSteps) {
    throw new RangeError(
      `ranks: expected at most ${gradAccumSteps}, the micro-batches of an update (gradAccumSteps), got ${ranks.count}`,
    );
  }
  if (ranks.count > 1 && decoderOf(model).remembersSegments) {
    throw new RangeError(
      `ranks: expected 1 for attention that remembers segments, where each micro-batch goes on from the one before, got ${ranks.count}`,
    );
  }
}
