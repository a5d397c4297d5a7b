import type { TrainingConfig } from '../config/training-config.js';
import type { Clock } from '../files/bytes.js';
import { alone } from './alone.js';
import { type EvaluatedStep, evaluateStep } from './evaluate-loss.js';
import {
  type FirstPace,
  type Limit,
  measurePace,
  planDecay,
  planFirst,
  trainingPace,
} from './training-pace.js';
import type { MakeStrategy, StrategySetup, TrainingInputs, TrainingStrategy } from './strategy.js';
import { type TakenStep, takeRound } from './take-round.js';
import { NEW_TRAINING, type TrainingState } from './training-state.js';

/**
 * Inputs of a training. The caller passes the clock and the stop signal, because packages do not access
 * either themselves.
 */
export interface TrainOptions extends TrainingInputs, StrategySetup {
  /** Number of seconds of `maxMinutes` that have passed. */
  readonly spentSeconds?: number;
  /** Number of seconds of `maxMinutes` to keep for work after training. A late decay may use them. */
  readonly reservedSeconds?: number;
  /** State of an earlier run from which to continue. The model must have that run's parameters and moments. */
  readonly state?: TrainingState;
  /**
   * Makes the strategy by which parameters are updated; by default `alone`, in this process. `learnPairs` of
   * `@ramble/core/training` learns pairs of answers. `@ramble/parallel` has strategies for multiple processes. Every
   * process calls `train` with the same settings, data and parameters.
   */
  readonly strategy?: MakeStrategy;
}

/**
 * A report that `train` yields: a plan of the number of steps, a step, an evaluation, or a state to save as a
 * checkpoint.
 */
export type TrainingReport =
  | ({ readonly kind: 'step' } & TakenStep)
  | ({ readonly kind: 'evaluation' } & EvaluatedStep)
  /**
   * The plan of a training that is limited only by minutes: the settings, such as `maxSteps`, with which it ends in
   * time. Training continues with these settings. Another training with the same settings produces the same model,
   * unless the time limit cut the decay short.
   */
  | {
      readonly kind: 'plan';
      readonly step: number;
      readonly config: TrainingConfig;
      /** Expected number of steps; `maxSteps` once it is decided. */
      readonly expectedSteps: number;
      /** The measurement of the first plan; absent later. */
      readonly measured?: {
        readonly pace: FirstPace;
        /** Number of seconds of the time limit that remain for training after the measurement. */
        readonly seconds: number;
      };
      readonly state: TrainingState;
    }
  /** A state to save with the model, every few steps or minutes. Training continues with the next report. */
  | { readonly kind: 'checkpoint'; readonly step: number; readonly state: TrainingState };

/** The reason why a training ended, and the state from which it can be resumed. */
export interface TrainingResult {
  readonly reason: 'steps' | 'minutes' | 'patience' | 'aborted';
  readonly state: TrainingState;
}

/**
 * Trains a model in place and yields reports. The numbers depend only on the configuration, the data and the engine: a
 * run that was stopped and resumed from its checkpoint ends at the same step with the same numbers. When a run's
 * minutes end, the model is evaluated once more. That evaluation may be the best one, but it does not count for
 * patience.
 *
 * Processes that train together yield the same reports. If their number is a power of 2, the model has the same bits
 * as after training in one process, unless they make local updates.
 *
 * @returns the reason why the training ended, and the last state. The last report is a checkpoint of that state.
 * @throws TrainingDivergedError if the loss or the gradient is not finite; RangeError if a validation loss or a score
 *   is not finite, if all weights of an update or of the validation data are 0, and for settings that the strategy
 *   does not support, such as `syncEvery` and `preference` without a strategy.
 */
export async function* train(
  options: TrainOptions,
): AsyncGenerator<TrainingReport, TrainingResult, undefined> {
  const { strategy: make = alone, config } = options;
  const strategy = make(options);
  try {
    if (config.preference !== 'none' && !strategy.pairLoss) {
      throw new RangeError(
        `preference: expected none for a training whose strategy learns no pairs, got ${config.preference}; ` +
          'pass strategy: learnPairs() of @ramble/core/training',
      );
    }
    return yield* trainWith(options, strategy);
  } finally {
    strategy.updates.dispose();
  }
}

async function* trainWith(
  options: TrainOptions,
  strategy: TrainingStrategy,
): AsyncGenerator<TrainingReport, TrainingResult, undefined> {
  const { group } = strategy;
  const { validation } = options;
  let { config, state = NEW_TRAINING } = options;
  group.announce('start of training');
  await group.meet();
  const time = trainingTime(options, group.clock);
  let pace = trainingPace(config);
  const end = (): TrainingResult['reason'] | undefined =>
    endOf(state, config, time.left() - pace.endSeconds, group.clock.isAborted());
  let reason = end();
  if (config.maxSteps === 0 && reason === undefined) {
    const first = await measurePace(options, strategy);
    if (!first) return { reason: 'aborted', state };
    pace = trainingPace(config, first);
    const plan = planFirst(config, pace, time.limit(state.step));
    ({ config } = plan);
    const measured = { pace: first, seconds: time.limitSeconds };
    yield { kind: 'plan', step: state.step, ...plan, measured, state };
  }
  while (reason === undefined) {
    const from = state.step;
    const began = time.seconds();
    for (const step of await takeRound({ ...options, config }, strategy, state, time.seconds)) {
      state = time.stamped(step.state);
      yield { kind: 'step', ...step, state };
    }
    pace.add('step', (time.seconds() - began) / (state.step - from));
    const maxSteps = planDecay(config, pace, time.limit(state.step));
    if (maxSteps !== undefined) {
      config = { ...config, maxSteps };
      time.useReserve();
      yield { kind: 'plan', step: state.step, config, expectedSteps: maxSteps, state };
    }
    reason = end();
    const due = (interval: number): boolean =>
      Math.floor(state.step / interval) > Math.floor(from / interval);
    let save = reason !== undefined || due(config.saveInterval) || time.isSaveDue(config);
    if (validation && (due(config.evalInterval) || isFinished(reason))) {
      const start = time.seconds();
      const evaluated = await evaluateStep({ ...options, config, validation }, strategy, state);
      state = time.stamped(evaluated.state);
      yield { kind: 'evaluation', ...evaluated, state };
      await group.meet();
      pace.add('evaluation', time.seconds() - start);
      reason ??= end();
      save ||= evaluated.best || reason !== undefined;
    }
    if (!save) continue;
    const start = time.seconds();
    group.announce(`checkpoint of step ${state.step}`);
    yield { kind: 'checkpoint', step: state.step, state };
    await group.meet();
    pace.add('checkpoint', time.markSaved() - start);
  }
  return { reason, state };
}

/** Returns functions that measure the time of a training, by the clock on which its processes agree. */
function trainingTime(
  { config, spentSeconds = 0, reservedSeconds = 0, state }: TrainOptions,
  clock: Clock,
) {
  const startMs = clock.now();
  const secondsBefore = state?.elapsedSeconds ?? 0;
  const allSeconds = config.maxMinutes > 0 ? 60 * config.maxMinutes - spentSeconds : Infinity;
  let reserved = reservedSeconds;
  let [latest, saved] = [0, 0];
  /** Returns the seconds since training began, which never decrease, even if the clock is set back. */
  const seconds = (): number => (latest = Math.max(latest, (clock.now() - startMs) / 1000));
  const left = (): number => allSeconds - reserved - seconds();
  return {
    limitSeconds: allSeconds - reservedSeconds,
    seconds,
    left,
    limit: (from: number): Limit => ({ from, seconds: left() }),
    stamped: (each: TrainingState): TrainingState => {
      return { ...each, elapsedSeconds: secondsBefore + seconds() };
    },
    useReserve: (): void => {
      reserved = 0; // the end of the decay has priority over work after training
    },
    isSaveDue: ({ saveMinutes }: TrainingConfig): boolean =>
      saveMinutes > 0 && seconds() - saved >= 60 * saveMinutes,
    markSaved: (): number => (saved = seconds()),
  };
}

/**
 * Returns the reason why training ends in this state; `undefined` if it continues.
 *
 * @param secondsLeft - Number of seconds left of `maxMinutes`; `Infinity` without a time limit.
 */
export function endOf(
  state: TrainingState,
  { maxSteps, patience }: TrainingConfig,
  secondsLeft: number,
  isAborted: boolean,
): TrainingResult['reason'] | undefined {
  if (maxSteps > 0 && state.step >= maxSteps) return 'steps';
  if (isAborted) return 'aborted';
  if (secondsLeft <= 0) return 'minutes';
  if (patience > 0 && state.evaluationsWithoutImprovement >= patience) return 'patience';
  return undefined;
}

/** Whether training has ended permanently, so that a last evaluation is due. */
function isFinished(reason: TrainingResult['reason'] | undefined): boolean {
  return reason === 'steps' || reason === 'minutes';
}
