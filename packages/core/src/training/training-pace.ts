import * as tf from '@tensorflow/tfjs-core';

import { recallOf } from '../attention/segment-memory.js';
import type { TrainingConfig } from '../config/training-config.js';
import { positionLosses } from './evaluate-loss.js';
import { stepsDecayingFrom } from './schedule.js';
import type { TrainingInputs, TrainingStrategy } from './strategy.js';
import { shareOf } from './update-plan.js';

/** Durations of the parts of a training, measured while it runs. */
interface TrainingPace {
  /** Adds the measured duration of a step, an evaluation, or the saving of a checkpoint. */
  add(part: 'step' | 'evaluation' | 'checkpoint', seconds: number): void;
  /**
   * Returns the expected seconds from one step to another, including evaluations and checkpoints between them, and
   * one of each at the end.
   */
  secondsBetween(from: number, to: number): number;
  /** Returns the last step that can be reached within a number of seconds; `from` if none can. */
  lastStepWithin(from: number, seconds: number): number;
  /** Number of seconds of the evaluation and checkpoint at the end. */
  readonly endSeconds: number;
}

/** Durations of a step and of an evaluation, in seconds, measured before a training begins. */
export interface FirstPace {
  readonly step: number;
  readonly evaluation: number;
}

/**
 * Factor on the measured duration of a step. It allows for other programs on the machine, and for the update after
 * the gradients.
 */
const SLACK = 1.05;

/** Assumed duration of a step that takes 0 by a clock with a resolution of milliseconds. */
export const SHORTEST_SECONDS = 1e-3;

/**
 * Makes the pace of a training, to which measured durations are added. The duration of a step is a mean in which
 * recent steps have more weight, because a machine may become slower. Of evaluations and checkpoints, only the last
 * counts.
 *
 * @param first - Durations that apply before any are added; 0 by default.
 */
export function trainingPace(
  { evalInterval, saveInterval }: Pick<TrainingConfig, 'evalInterval' | 'saveInterval'>,
  first: FirstPace = { step: 0, evaluation: 0 },
): TrainingPace {
  let { step, evaluation } = first;
  let checkpoint = 0;
  let steps = 0;
  const secondsBetween = (from: number, to: number): number =>
    SLACK * step * (to - from) +
    evaluation * (multiplesBetween(from, to, evalInterval) + (to % evalInterval === 0 ? 0 : 1)) +
    checkpoint * (multiplesBetween(from, to, saveInterval) + (to % saveInterval === 0 ? 0 : 1));
  return {
    add: (part, seconds) => {
      if (part === 'evaluation') evaluation = seconds;
      else if (part === 'checkpoint') checkpoint = seconds;
      else {
        steps++;
        step += (seconds - step) * Math.min(1, 4 / (steps + 3));
      }
    },
    secondsBetween,
    lastStepWithin: (from, seconds) => {
      const max = Math.ceil(seconds / (step || SHORTEST_SECONDS));
      let [low, high] = [from, from + Math.max(0, max)];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (secondsBetween(from, middle) <= seconds) low = middle;
        else high = middle - 1;
      }
      return low;
    },
    get endSeconds() {
      return evaluation + checkpoint;
    },
  };
}

/** Returns the number of multiples of an interval that are greater than `from` and at most `to`. */
function multiplesBetween(from: number, to: number, interval: number): number {
  return Math.floor(to / interval) - Math.floor(from / interval);
}

/** Maximum number of steps to measure after the first one, which includes memory allocation. */
const MAX_STEPS = 3;
/** Fraction of the time limit after which no more steps are measured. */
const MAX_SHARE = 0.03;

/**
 * Measures the duration of a step and of an evaluation, without changing the model.
 *
 * @returns `undefined` if training was stopped meanwhile.
 */
export async function measurePace(
  { model, config, batches, validation, validationBatches = 0 }: TrainingInputs,
  { group, updates, pairLoss }: TrainingStrategy,
): Promise<FirstPace | undefined> {
  const { maxMinutes } = config;
  const share = shareOf(config.gradAccumSteps, group.part());
  const microBatches = await Promise.all(
    Array.from({ length: share.end - share.start }, (_, i) => batches.batch(share.start + i)),
  );
  await group.meet();
  const start = group.clock.now();
  const seconds = (): number => (group.clock.now() - start) / 1000;
  // All predicting layers predict in the first steps, for any number of steps.
  const ready = { ...config, maxSteps: Number.MAX_SAFE_INTEGER };
  let [step, before] = [0, 0];
  for (let i = 0; i <= MAX_STEPS; i++) {
    await updates.pass(microBatches, ready, 0);
    updates.release();
    await tf.nextFrame(); // allows signals
    await group.meet();
    if (group.clock.isAborted()) return undefined;
    const now = seconds();
    step = i === 0 ? now : (step * (i - 1) + now - before) / i;
    before = now;
    if (now > MAX_SHARE * 60 * maxMinutes) break;
  }
  if (!validation || validationBatches === 0) return { step, evaluation: 0 };
  const began = seconds();
  for await (const batch of validation()) {
    if (pairLoss) pairLoss(batch);
    else positionLosses(model, batch, recallOf(model.config, batch));
    break;
  }
  await group.meet();
  const own = Math.ceil(validationBatches / group.part().count);
  return { step, evaluation: (seconds() - began) * own };
}

/** Maximum fraction of the planned steps that warmup takes. */
const MAX_WARMUP = 0.2;
/**
 * Minimum fraction of a decay of the usual length for which the time must suffice. If the time is shorter, the decay
 * is planned to fit into it.
 */
const SHORTEST_DECAY = 0.8;

/** A step of a training, and the seconds that remain after it. */
export interface Limit {
  readonly from: number;
  readonly seconds: number;
}

/** First plan of a training whose only limit is minutes. */
export interface FirstPlan {
  readonly config: TrainingConfig;
  /** Last step that is expected to be reached. */
  readonly expectedSteps: number;
}

/**
 * Makes a plan before the first step: a warmup that fits, and the number of steps if the schedule requires it
 * from the beginning. `wsd` does not: `planDecay` plans it later, from more measurements. Schedules without
 * an end need no number of steps, and end with the minutes.
 */
export function planFirst(
  config: TrainingConfig,
  pace: TrainingPace,
  { from, seconds }: Limit,
): FirstPlan {
  const expectedSteps = Math.max(from + 1, pace.lastStepWithin(from, seconds));
  const warmupSteps =
    from === 0
      ? Math.min(config.warmupSteps, Math.floor(MAX_WARMUP * expectedSteps))
      : config.warmupSteps;
  const isNeeded =
    config.intermediateLosses || ['cosine', 'cosine-hf', 'linear'].includes(config.schedule);
  return {
    config: { ...config, warmupSteps, maxSteps: isNeeded ? expectedSteps : 0 },
    expectedSteps,
  };
}

/**
 * Returns the number of steps of a `wsd` run, as soon as its decay has to begin so that it ends in time. A
 * late decision depends less on changes of the machine's speed. Updates before the decay are the same for any
 * number of steps.
 *
 * @returns `undefined` as long as the decay need not begin, if `maxSteps` is already set, and for other schedules.
 */
export function planDecay(
  { schedule, maxSteps, warmupSteps }: TrainingConfig,
  pace: TrainingPace,
  { from, seconds }: Limit,
): number | undefined {
  if (maxSteps > 0 || schedule !== 'wsd' || from < Math.max(1, warmupSteps)) return undefined;
  const usual = stepsDecayingFrom(from);
  // The decay must begin now if it would end too late when begun a step later.
  if (pace.secondsBetween(from, stepsDecayingFrom(from + 1)) <= seconds) return undefined;
  const reached = pace.lastStepWithin(from, seconds);
  return reached - from < SHORTEST_DECAY * (usual - from) ? Math.max(from + 1, reached) : usual;
}
