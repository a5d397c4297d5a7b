import * as tf from '@tensorflow/tfjs-core';

import type { TrainingConfig } from '../config/training-config.js';
import type { TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { OPTIMIZERS } from '../parameters/optimizer.js';
import { sizeOf } from '../parameters/parameter.js';
import { doTogether } from '../ranks/do-together.js';
import type { Ranks } from '../ranks/ranks.js';
import type { Agreement } from './agreement.js';
import type { BatchSource } from './batch-source.js';
import { TrainingDivergedError } from './diverged-error.js';
import { learningRateAt } from './schedule.js';
import type { SharedLearner, StepResult } from './shared-learner.js';
import type { TrainingState } from './training-state.js';

/** What a round of updates works on. */
interface Round {
  readonly model: Model;
  readonly config: TrainingConfig;
  readonly batches: BatchSource;
  readonly learner: SharedLearner;
  readonly agreed: Agreement;
  readonly ranks?: Ranks;
}

/** An update, as all ranks know it. */
export interface TakenStep {
  /** Number of updates so far. */
  readonly step: number;
  /** Loss of this step's batch, before the update, with dropout and label smoothing. */
  readonly loss: number;
  readonly learningRate: number;
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Input tokens of its round, padding not counted, over the round's seconds, a thousandth at least. */
  readonly tokensPerSecond: number;
  /** Share of those seconds that this rank waited for the sums of all, 0 to 1; absent without ranks. */
  readonly waitedShare?: number;
  /** Bytes that this rank has given to sums over all ranks in this step; absent without ranks. */
  readonly summedBytes?: number;
  readonly state: TrainingState;
}

/** What a clock of whole milliseconds tells apart: it may not have moved. */
const SHORTEST_SECONDS = 1e-3;

/**
 * Makes updates until ranks meet, which is after each unless they make some alone.
 *
 * @param seconds - The agreed time, which moves when ranks meet.
 * @throws TrainingDivergedError on all ranks when the loss or the gradient of one is not finite.
 */
export async function takeRound(
  round: Round,
  state: TrainingState,
  seconds: () => number,
): Promise<TakenStep[]> {
  const { learner, agreed, config, model, ranks } = round;
  const begin = seconds();
  const count = learner.roundEnd(state.step, config) - state.step;
  const rateOf = (step: number): number => learningRateAt(step, config, model.config.nEmbd);
  const own: StepResult[] = [];
  let memory = state.memory;
  for (let i = 0; i < count; i++) {
    const step = state.step + i;
    ranks?.announce(`step ${step + 1}`);
    const result = await takeStep(round, step, rateOf(step), memory);
    own.push(result);
    ({ memory = memory } = result);
    if (!Number.isFinite(result.gradientNorm)) break;
  }
  const results = await learner.meet(own, count);
  results.forEach(({ loss, gradientNorm }, i) => {
    const step = state.step + i;
    if (Number.isFinite(gradientNorm)) return;
    throw new TrainingDivergedError(step + 1, loss, gradientNorm, rateOf(step));
  });
  await agreed.meet();
  const roundSeconds = Math.max(seconds() - begin, SHORTEST_SECONDS);
  const inputs = results.reduce((sum, each) => sum + each.inputs, 0);
  let { tokensSeen } = state;
  return results.map(({ loss, gradientNorm, targets }, i) => {
    const step = state.step + i + 1;
    tokensSeen += targets;
    return {
      step,
      loss,
      learningRate: rateOf(step - 1),
      gradientNorm,
      tokensPerSecond: inputs / roundSeconds,
      ...(ranks && {
        waitedShare: Math.min(1, learner.waitedSeconds() / roundSeconds),
        summedBytes: i === count - 1 ? bytesOf(model) : 0,
      }),
      state: { ...state, step, tokensSeen, ...(memory && { memory }) },
    };
  });
}

/** Bytes of all parameters: gradients are summed after each update, or parameters after a round. */
function bytesOf({ parameters }: Model): number {
  const sizes = parameters.specs.map(({ shape }) => sizeOf(shape));
  return Float32Array.BYTES_PER_ELEMENT * sizes.reduce((sum, size) => sum + size, 0);
}

/** One update of this rank, at a step counted from 0. */
async function takeStep(
  { learner, config, batches, ranks }: Round,
  step: number,
  learningRate: number,
  memory: TrainingState['memory'],
): Promise<StepResult> {
  await tf.nextFrame(); // lets signals and drawing through
  const firstIndex = step * config.gradAccumSteps;
  const rule = OPTIMIZERS[config.optimizer].rule(config, learningRate, step + 1);
  const update = { rule, clipNorm: config.gradClip };
  const pass = await doTogether(ranks, async () => {
    const microBatches: TrainingBatch[] = [];
    const { start, end } = learner.share(config);
    for (let i = start; i < end; i++) {
      microBatches.push(await batches.batch(firstIndex + i));
    }
    return learner.pass(microBatches, config, firstIndex, memory, update);
  });
  // A loss that is no number must not reach the parameters.
  const isFinite = Number.isFinite(pass.loss);
  const gradientNorm = pass.gradientNorm ?? (isFinite ? await learner.update(update) : NaN);
  learner.release();
  return { ...pass, gradientNorm };
}
