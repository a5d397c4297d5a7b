import type { SegmentMemory } from '../attention/segment-memory.js';
import type { TrainingConfig } from '../config/training-config.js';
import type { Clock } from '../files/clock.js';
import type { TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import type { ParameterUpdate } from '../parameters/parameter-store.js';
import { type RankShare, rankShare } from '../ranks/rank-share.js';
import type { Ranks } from '../ranks/ranks.js';
import { countInputs, countTargets } from './count-tokens.js';
import { createLearner } from './learner.js';
import { updateInParts } from './sharded-update.js';
import { totalWeights } from './update-plan.js';
import { measureWaiting } from './waiting.js';
import { updateAlone, updateOnEach } from './whole-update.js';

/** What the pass of an update found, the same on all ranks. */
interface SharedPass {
  /** Loss of the next tokens. */
  readonly loss: number;
  /** Input tokens of all micro-batches, padding not counted. */
  readonly inputs: number;
  /** Targets of all micro-batches that count. */
  readonly targets: number;
  /** The weight of all targets, over which the loss is a mean. */
  readonly weight: number;
  /** Segment memory after the last micro-batch, for a model that remembers segments. */
  readonly memory?: SegmentMemory;
  /** Norm of the gradient before clipping, where the update has followed. */
  readonly gradientNorm?: number;
}

/** What an update came to. */
export interface StepResult extends SharedPass {
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** A learner whose updates are shared out among ranks. */
export interface SharedLearner {
  /** The step after which ranks meet next: they have the same parameters then. */
  roundEnd(step: number, config: TrainingConfig): number;
  /** The micro-batches of an update that are this rank's. */
  share(config: TrainingConfig): RankShare;
  /**
   * Computes the loss and the gradients of an update, which stay until the next pass or `release`. Losses and
   * gradients of each rank are shares of one mean: the weights of all targets are added up before.
   *
   * @param batches - Those of this rank.
   * @param firstIndex - Micro-batches before the update.
   * @param update - Follows at once in a process that trains alone, where the engine does both in one.
   */
  pass(
    batches: readonly TrainingBatch[],
    config: TrainingConfig,
    firstIndex: number,
    memory?: SegmentMemory,
    update?: ParameterUpdate,
  ): Promise<SharedPass>;
  /**
   * Updates the parameters from the gradients of the last pass. Nothing changes when their norm is not finite.
   *
   * @returns the norm before clipping.
   */
  update(update: ParameterUpdate): Promise<number>;
  /**
   * Ends a round of updates.
   *
   * @param results - Those of this rank.
   * @param count - Number of updates in the round; one that was not finite was the last.
   * @returns the results of all ranks together.
   */
  meet(results: readonly StepResult[], count: number): Promise<readonly StepResult[]>;
  /** Seconds that this rank has waited for others in this round. */
  waitedSeconds(): number;
  /** Gives up the gradients. */
  release(): void;
  dispose(): void;
}

/** The ranks of a training and what they share. */
export interface SharedTraining {
  /** The processes that train together; absent for one that trains alone. */
  readonly ranks?: Ranks;
  /** Whether each rank updates a part of the parameters, and keeps the moments of that alone. */
  readonly shardOptimizer?: boolean;
  readonly clock: Clock;
}

/** Makes a learner, on the engine in use. */
export function createSharedLearner(
  model: Model,
  { ranks, shardOptimizer = false, clock }: SharedTraining,
): SharedLearner {
  const waiting = measureWaiting(clock);
  const updateWith = shardOptimizer ? updateInParts : updateOnEach;
  const shared = ranks
    ? updateWith(model.parameters, ranks, waiting)
    : updateAlone(model.parameters);
  const learner = createLearner(model);
  const share: SharedLearner['share'] = ({ gradAccumSteps }) =>
    rankShare(gradAccumSteps, ranks ?? { rank: 0, count: 1 });
  const release = (): void => {
    shared.release();
    learner.release();
  };
  const addUp = async (numbers: Float64Array): Promise<void> => {
    if (ranks) await waiting.for(ranks.sum(numbers));
  };
  return {
    share,
    roundEnd: (step) => step + 1,
    meet: (results) => Promise.resolve(results),
    pass: async (batches, config, firstIndex, memory, update) => {
      release();
      waiting.reset();
      const own = share(config);
      const sumOf = (count: (batch: TrainingBatch) => number): number =>
        batches.reduce((sum, batch) => sum + count(batch), 0);
      const { next, second } = totalWeights(batches, config, own);
      const agreed = Float64Array.of(next, second, sumOf(countInputs), sumOf(countTargets));
      await addUp(agreed);
      const totals = { next: agreed[0], second: agreed[1] };
      const [, , inputs, targets] = agreed;
      const { onSummed } = shared;
      const part = { share: own, totals, onSummed, update: ranks ? undefined : update };
      const pass = learner.lossAndGradients(batches, config, firstIndex + own.start, memory, part);
      await shared.complete(pass.gradients);
      const loss = Float64Array.of(pass.loss);
      await addUp(loss);
      const { memory: remembered, gradientNorm } = pass;
      const counts = { weight: totals.next, inputs, targets };
      return { ...counts, loss: loss[0], memory: remembered, gradientNorm };
    },
    update: ({ rule, clipNorm }) => shared.apply(rule, clipNorm),
    waitedSeconds: () => waiting.seconds(),
    release,
    dispose: () => {
      release();
      learner.dispose();
    },
  };
}
