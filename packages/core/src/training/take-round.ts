import * as tf from '@tensorflow/tfjs-core';

import type { TrainingBatch } from '../model/forward.js';
import { OPTIMIZERS } from '../parameters/optimizer.js';
import { TrainingDivergedError, type TrainingState } from './training-state.js';
import { learningRateAt } from './schedule.js';
import type {
  PairRewards,
  StepExtras,
  StepResult,
  TrainingInputs,
  TrainingStrategy,
} from './strategy.js';
import { SHORTEST_SECONDS } from './training-pace.js';
import { shareOf } from './update-plan.js';

/** Report of an update, the same in all processes. */
export interface TakenStep extends StepExtras, PairRewards {
  /** Number of updates so far. */
  readonly step: number;
  /** Loss of this step's batch, before the update, with dropout and label smoothing. */
  readonly loss: number;
  readonly learningRate: number;
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Number of input tokens of the step's round, without padding, divided by the round's seconds (at least 0.001). */
  readonly tokensPerSecond: number;
  readonly state: TrainingState;
}

/**
 * Makes the updates until the processes next synchronize: one update, unless the strategy has rounds.
 *
 * @param seconds - Returns the time in seconds on which all processes agreed when they last met.
 * @throws TrainingDivergedError in all processes if the loss or the gradient of one is not finite.
 */
export async function takeRound(
  round: TrainingInputs,
  strategy: TrainingStrategy,
  state: TrainingState,
  seconds: () => number,
): Promise<TakenStep[]> {
  const { config, model } = round;
  const { group, rounds } = strategy;
  const begin = seconds();
  const count = rounds ? rounds.end(state.step, config) - state.step : 1;
  const rateOf = (step: number): number => learningRateAt(step, config, model.config.nEmbd);
  const own: StepResult[] = [];
  let memory = state.memory;
  for (let i = 0; i < count; i++) {
    const step = state.step + i;
    group.announce(`step ${step + 1}`);
    const result = await takeStep(round, strategy, step, rateOf(step), memory);
    own.push(result);
    ({ memory = memory } = result);
    if (!Number.isFinite(result.gradientNorm)) break;
  }
  const results = rounds ? await rounds.finish(own, count) : own;
  results.forEach(({ loss, gradientNorm }, i) => {
    const step = state.step + i;
    if (Number.isFinite(gradientNorm)) return;
    throw new TrainingDivergedError(step + 1, loss, gradientNorm, rateOf(step));
  });
  await group.meet();
  const roundSeconds = Math.max(seconds() - begin, SHORTEST_SECONDS);
  const inputs = results.reduce((sum, each) => sum + each.inputs, 0);
  let { tokensSeen } = state;
  return results.map(({ loss, gradientNorm, targets, rewardMargin, rewardAccuracy }, i) => {
    const step = state.step + i + 1;
    tokensSeen += targets;
    return {
      step,
      loss,
      learningRate: rateOf(step - 1),
      gradientNorm,
      tokensPerSecond: inputs / roundSeconds,
      ...(rewardMargin !== undefined && { rewardMargin, rewardAccuracy }),
      ...group.reported(roundSeconds, i === count - 1),
      state: { ...state, step, tokensSeen, ...(memory && { memory }) },
    };
  });
}

/** Makes one update of this process, at a step counted from 0. */
async function takeStep(
  { config, batches }: TrainingInputs,
  { group, updates }: TrainingStrategy,
  step: number,
  learningRate: number,
  memory: TrainingState['memory'],
): Promise<StepResult> {
  await tf.nextFrame(); // allows signals and drawing
  const firstIndex = step * config.gradAccumSteps;
  const rule = OPTIMIZERS[config.optimizer].rule(config, learningRate, step + 1);
  const update = { rule, clipNorm: config.gradClip };
  const pass = await group.together(async () => {
    const microBatches: TrainingBatch[] = [];
    const { start, end } = shareOf(config.gradAccumSteps, group.part());
    for (let i = start; i < end; i++) {
      microBatches.push(await batches.batch(firstIndex + i));
    }
    return updates.pass(microBatches, config, firstIndex, memory, update);
  });
  // A loss that is not finite must not change the parameters.
  const isFinite = Number.isFinite(pass.loss);
  const gradientNorm = pass.gradientNorm ?? (isFinite ? await updates.update(update) : NaN);
  updates.release();
  return { ...pass, gradientNorm };
}
