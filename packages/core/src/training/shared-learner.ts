import * as tf from '@tensorflow/tfjs-core';

import type { SegmentMemory } from '../attention/segment-memory.js';
import type { TrainingConfig } from '../config/training-config.js';
import type { Clock } from '../files/clock.js';
import type { TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { type RankShare, rankShare } from '../ranks/rank-share.js';
import type { Ranks } from '../ranks/ranks.js';
import { countInputs, countTargets } from './count-tokens.js';
import type { LossAndGradients } from './gradients.js';
import { createLearner } from './learner.js';
import { sumTensors } from './sum-tensors.js';
import { totalWeights } from './update-plan.js';

/** The loss and the gradients of an update, the same on all ranks. */
interface SharedGradients extends LossAndGradients {
  /** Input tokens of all micro-batches, padding not counted. */
  readonly inputs: number;
  /** Targets of all micro-batches that count. */
  readonly targets: number;
  /** Seconds spent waiting for other ranks. */
  readonly waitedSeconds: number;
}

/** A learner whose updates are shared out among ranks. */
export interface SharedLearner {
  /** The micro-batches of an update that are this rank's. */
  share(config: TrainingConfig): RankShare;
  /**
   * The loss and the gradients of an update. Losses and gradients of each rank are shares of one mean: the
   * weights of all targets are added up before.
   *
   * @param batches - Those of this rank.
   * @param firstIndex - Micro-batches before the update.
   * @returns gradients that are the learner's, until the next call or `release`.
   */
  lossAndGradients(
    batches: readonly TrainingBatch[],
    config: TrainingConfig,
    firstIndex: number,
    memory?: SegmentMemory,
  ): Promise<SharedGradients>;
  /** Gives up the gradients. */
  release(): void;
  dispose(): void;
}

/**
 * Makes a learner, on the engine in use.
 *
 * @param ranks - Absent for a process that trains alone.
 */
export function createSharedLearner(
  model: Model,
  ranks: Ranks | undefined,
  clock: Clock,
): SharedLearner {
  const learner = createLearner(model);
  const share: SharedLearner['share'] = ({ gradAccumSteps }) =>
    rankShare(gradAccumSteps, ranks ?? { rank: 0, count: 1 });
  /** Gradients that are sums of all ranks' and that the learner does not own. */
  let sums: LossAndGradients['gradients'] = {};
  const release = (): void => {
    tf.dispose(sums);
    sums = {};
    learner.release();
  };
  return {
    share,
    lossAndGradients: async (batches, config, firstIndex, memory) => {
      release();
      const own = share(config);
      const sumOf = (count: (batch: TrainingBatch) => number): number =>
        batches.reduce((sum, batch) => sum + count(batch), 0);
      const { next, second } = totalWeights(batches, config, own);
      const agreed = Float64Array.of(next, second, sumOf(countInputs), sumOf(countTargets));
      let waitedMs = 0;
      const wait = async <T>(work: Promise<T>): Promise<T> => {
        const start = clock.now();
        const result = await work;
        waitedMs += clock.now() - start;
        return result;
      };
      if (ranks) await wait(ranks.sum(agreed));
      const totals = { next: agreed[0], second: agreed[1] };
      const [, , inputs, targets] = agreed;
      const inProgress: Promise<void>[] = [];
      const onSummed = ranks && ((values: Float32Array) => inProgress.push(ranks.sum(values)));
      const part = { share: own, totals, onSummed };
      const index = firstIndex + own.start;
      const pass = learner.lossAndGradients(batches, config, index, memory, part);
      if (!ranks) return { ...pass, inputs, targets, waitedSeconds: 0 };
      const isSummed = inProgress.length > 0;
      if (!isSummed) sums = await wait(sumTensors(ranks, pass.gradients, model.parameters.specs));
      const loss = Float64Array.of(pass.loss);
      await wait(Promise.all([...inProgress, ranks.sum(loss)]));
      const gradients = isSummed ? pass.gradients : sums;
      return { gradients, loss: loss[0], inputs, targets, waitedSeconds: waitedMs / 1000 };
    },
    release,
    dispose: () => {
      release();
      learner.dispose();
    },
  };
}
