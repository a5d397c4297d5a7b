import type { TrainingConfig } from '../config/training-config.js';
import { stepsDecayingFrom } from './schedule.js';
import type { TrainingPace } from './training-pace.js';

/** Maximum share of the planned steps that warmup takes. */
const MOST_WARMUP = 0.2;
/** A decay that would have to be shorter than this share of the usual one is planned to fit. */
const SHORTEST_DECAY = 0.8;

/** The step that training is at, and the seconds that it has left. */
export interface Limit {
  readonly from: number;
  readonly seconds: number;
}

/** The plan of a training that has no plan yet. */
export interface FirstPlan {
  readonly config: TrainingConfig;
  /** The last step that is expected to be reached. */
  readonly expectedSteps: number;
}

/**
 * Plans before the first step: a warmup that fits, and the number of steps if the schedule needs it
 * from the beginning. `wsd` does not: `planDecay` plans it later, when more is known. Schedules without
 * an end need no number of steps: they end with the minutes.
 */
export function planFirst(
  config: TrainingConfig,
  pace: TrainingPace,
  { from, seconds }: Limit,
): FirstPlan {
  const expectedSteps = Math.max(from + 1, pace.lastStepWithin(from, seconds));
  const warmupSteps =
    from === 0
      ? Math.min(config.warmupSteps, Math.floor(MOST_WARMUP * expectedSteps))
      : config.warmupSteps;
  const isNeeded =
    config.intermediateLosses || ['cosine', 'cosine-hf', 'linear'].includes(config.schedule);
  return {
    config: { ...config, warmupSteps, maxSteps: isNeeded ? expectedSteps : 0 },
    expectedSteps,
  };
}

/**
 * The number of steps of a `wsd` run, as soon as its decay has to begin so that it ends in time. The
 * later this is decided, the less a machine that becomes slower or faster matters; what was learned
 * before is the same with any number of steps.
 *
 * @returns `undefined` before that, and for other schedules.
 */
export function planDecay(
  { schedule, maxSteps, warmupSteps }: TrainingConfig,
  pace: TrainingPace,
  { from, seconds }: Limit,
): number | undefined {
  if (maxSteps > 0 || schedule !== 'wsd' || from < Math.max(1, warmupSteps)) return undefined;
  const usual = stepsDecayingFrom(from);
  // It must begin now if, begun a step later, it would end too late.
  if (pace.secondsBetween(from, stepsDecayingFrom(from + 1)) <= seconds) return undefined;
  const reached = pace.lastStepWithin(from, seconds);
  return reached - from < SHORTEST_DECAY * (usual - from) ? Math.max(from + 1, reached) : usual;
}
