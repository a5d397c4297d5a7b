import type { TrainingConfig } from '../config/training-config.js';
import type { Clock } from '../files/clock.js';
import type { TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { doTogether } from '../ranks/do-together.js';
import type { Ranks } from '../ranks/ranks.js';
import { type Agreement, agreement } from './agreement.js';
import type { BatchSource } from './batch-source.js';
import { checkRanks } from './check-ranks.js';
import { DIVERGED_ADVICE } from './diverged-error.js';
import { evaluateLoss } from './evaluate-loss.js';
import { measurePace } from './measure-pace.js';
import { type Limit, planDecay, planFirst } from './plan-steps.js';
import { createLocalLearner } from './local-learner.js';
import { createSharedLearner, type SharedLearner } from './shared-learner.js';
import { type TakenStep, takeRound } from './take-round.js';
import { type FirstPace, trainingPace } from './training-pace.js';
import { NEW_TRAINING, type TrainingState } from './training-state.js';
import { withEvaluation } from './with-evaluation.js';

/**
 * What a training works on; its clock and its signal come from the caller, as packages read no time
 * and no signals.
 */
export interface TrainOptions {
  readonly model: Model;
  readonly config: TrainingConfig;
  readonly batches: BatchSource;
  /** The validation data from its beginning, at each call; without it nothing is evaluated. */
  readonly validation?: () => AsyncIterable<TrainingBatch>;
  /** The number of batches in it, from which the time of an evaluation is estimated. */
  readonly validationBatches?: number;
  /** A score of the model's outputs, higher is better; measured together with the validation loss. */
  readonly score?: () => Promise<number>;
  readonly clock: Clock;
  /** Seconds of `maxMinutes` that have passed. */
  readonly spentSeconds?: number;
  /** Seconds of `maxMinutes` to keep for what comes after training; a decay that is late may use them. */
  readonly reservedSeconds?: number;
  /** The state of an earlier run to continue from; the model holds its parameters and moments. */
  readonly state?: TrainingState;
  /** Ends training after the step in progress. */
  readonly signal?: AbortSignal;
  /**
   * The processes that train this model together, each with the same settings, data and parameters; absent
   * where there is one. They share out the micro-batches of each update and the batches of an evaluation,
   * and end at the same step. The clock is that of rank 0, which also scores outputs.
   */
  readonly ranks?: Ranks;
  /**
   * Whether each rank keeps and updates the optimizer's moments of a part of the parameters alone (ZeRO-1): the
   * same bits, and less memory. Whole moments are read with `slotReader` then. Nothing changes without ranks.
   */
  readonly shardOptimizer?: boolean;
}

/**
 * What `train` yields: plans of its length, steps, evaluations, and states that are due as
 * checkpoints.
 */
export type TrainingReport =
  | ({ readonly kind: 'step' } & TakenStep)
  | {
      readonly kind: 'evaluation';
      readonly step: number;
      readonly validationLoss: number;
      readonly tokens: number;
      /** Score of the model's outputs, if they are scored. */
      readonly validationScore?: number;
      /** Whether it is the best so far, as `bestBy` says. */
      readonly best: boolean;
      readonly state: TrainingState;
    }
  /**
   * Where minutes are the only limit: what was planned so that training ends in time. Training goes on
   * with these settings, and another training with them gives the same model, unless a decay was cut short.
   */
  | {
      readonly kind: 'plan';
      readonly step: number;
      readonly config: TrainingConfig;
      /** The number of steps as far as it can be foreseen; `maxSteps` once that is decided. */
      readonly expectedSteps: number;
      /** The measurement of the first plan; absent later. */
      readonly measured?: {
        readonly pace: FirstPace;
        /** Seconds of the time limit that are for training; measuring took some of them. */
        readonly seconds: number;
      };
      readonly state: TrainingState;
    }
  /** The moment to save model and state, after so many steps or minutes; training goes on when the next report is asked for. */
  | { readonly kind: 'checkpoint'; readonly step: number; readonly state: TrainingState };

/** Why a training ended, and the state from which another may go on. */
export interface TrainingResult {
  readonly reason: 'steps' | 'minutes' | 'patience' | 'aborted';
  readonly state: TrainingState;
}

/**
 * Trains a model in place and reports as it goes. The numbers depend on the configuration, the data
 * and the engine only: a run that was stopped and goes on from its checkpoint ends with the same, at
 * the same step. Where its minutes ended it is evaluated once more; that may be the best evaluation,
 * and patience passes over it.
 *
 * All ranks yield the same reports. Where their number is a power of 2, the model has the same bits as that
 * of one process.
 *
 * @returns why it ended, with the last state; the last checkpoint report came just before.
 * @throws TrainingDivergedError when the loss or the gradient is not finite; RangeError for a validation
 *   loss or a score that is not, where no token of an update or of the validation data counts, and for ranks that have
 *   nothing to share; TypeError for `shardOptimizer` on an engine that updates all parameters at once.
 */
export async function* train(
  options: TrainOptions,
): AsyncGenerator<TrainingReport, TrainingResult, undefined> {
  const { model, config, clock, signal, ranks } = options;
  checkRanks(ranks, model.config, config, options.shardOptimizer);
  const learner =
    config.syncEvery > 0
      ? createLocalLearner(model, options, config)
      : createSharedLearner(model, options);
  try {
    return yield* trainWith({ ...options, learner, agreed: agreement(clock, signal, ranks) });
  } finally {
    learner.dispose();
  }
}

interface Training extends TrainOptions {
  readonly learner: SharedLearner;
  readonly agreed: Agreement;
}

async function* trainWith(
  options: Training,
): AsyncGenerator<TrainingReport, TrainingResult, undefined> {
  const { model, agreed, ranks, spentSeconds = 0, reservedSeconds = 0 } = options;
  let { config } = options;
  ranks?.announce('start of training');
  await agreed.meet();
  const startMs = agreed.now();
  const secondsBefore = options.state?.elapsedSeconds ?? 0;
  let latest = 0;
  /** Since training began; a clock that is set back stands still. */
  const seconds = (): number => (latest = Math.max(latest, (agreed.now() - startMs) / 1000));
  let savedSeconds = 0;
  const limitSeconds = config.maxMinutes > 0 ? 60 * config.maxMinutes - spentSeconds : Infinity;
  let reserved = reservedSeconds;
  let state: TrainingState = options.state ?? NEW_TRAINING;
  let pace = trainingPace(config);
  const limit = (): Limit => ({
    from: state.step,
    seconds: limitSeconds - reserved - seconds(),
  });
  const end = (): TrainingResult['reason'] | undefined =>
    endOf(state, config, limit().seconds - pace.endSeconds, agreed.isAborted());
  let reason = end();
  if (config.maxSteps === 0 && reason === undefined) {
    const first = await measurePace(options);
    if (!first) return { reason: 'aborted', state };
    pace = trainingPace(config, first);
    const plan = planFirst(config, pace, limit());
    ({ config } = plan);
    const measured = { pace: first, seconds: limitSeconds - reserved };
    yield { kind: 'plan', step: state.step, ...plan, measured, state };
  }
  while (reason === undefined) {
    const startSeconds = seconds();
    const from = state.step;
    for (const report of await takeRound({ ...options, config }, state, seconds)) {
      state = { ...report.state, elapsedSeconds: secondsBefore + seconds() };
      yield { kind: 'step', ...report, state };
    }
    pace.add('step', (seconds() - startSeconds) / (state.step - from));

    const maxSteps = planDecay(config, pace, limit());
    if (maxSteps !== undefined) {
      config = { ...config, maxSteps };
      reserved = 0; // the end of the decay is worth more than what comes after it
      yield { kind: 'plan', step: state.step, config, expectedSteps: maxSteps, state };
    }
    reason = end();
    const due = (interval: number): boolean =>
      Math.floor(state.step / interval) > Math.floor(from / interval);
    let save = reason !== undefined || due(config.saveInterval);
    save ||= config.saveMinutes > 0 && seconds() - savedSeconds >= 60 * config.saveMinutes;
    if (options.validation && (due(config.evalInterval) || isFinished(reason))) {
      const evaluationStart = seconds();
      ranks?.announce(`evaluation after step ${state.step}`);
      const { validation } = options;
      const { loss, tokens } = await doTogether(ranks, () =>
        evaluateLoss(model, validation(), ranks),
      );
      checkValidationLoss(loss, state.step);
      const validationScore = options.score && (await scoreOf(options.score, ranks));
      if (validationScore !== undefined) checkScore(validationScore);
      await agreed.meet();
      state = {
        ...withEvaluation(state, { loss, score: validationScore }, config),
        elapsedSeconds: secondsBefore + seconds(),
      };
      const best = state.bestStep === state.step;
      yield {
        kind: 'evaluation',
        step: state.step,
        validationLoss: loss,
        tokens,
        ...(validationScore !== undefined && { validationScore }),
        best,
        state,
      };
      await agreed.meet();
      pace.add('evaluation', seconds() - evaluationStart);
      save ||= best;
      reason ??= end();
      save ||= reason !== undefined;
    }
    if (save) {
      const saveStart = seconds();
      ranks?.announce(`checkpoint of step ${state.step}`);
      yield { kind: 'checkpoint', step: state.step, state };
      await agreed.meet();
      savedSeconds = seconds();
      pace.add('checkpoint', savedSeconds - saveStart);
    }
  }
  return { reason, state };
}

/** The score of the outputs of rank 0. */
async function scoreOf(score: () => Promise<number>, ranks: Ranks | undefined): Promise<number> {
  if (!ranks) return score();
  const own = ranks.rank === 0 ? await score() : NaN;
  return doTogether(ranks, async () => {
    const shared = Float64Array.of(own);
    await ranks.broadcast(shared);
    return shared[0];
  });
}

/** @throws RangeError for the loss of a model that ran away in the last update. */
function checkValidationLoss(loss: number, step: number): void {
  if (Number.isFinite(loss)) return;
  throw new RangeError(
    `validation loss: expected a finite number, got ${loss} after step ${step}; ${DIVERGED_ADVICE}`,
  );
}

/** @throws RangeError for a score that nothing can be better or worse than. */
function checkScore(score: number): void {
  if (Number.isFinite(score)) return;
  throw new RangeError(`score: expected a finite number, got ${score}`);
}

/** @param secondsLeft - Before the minutes are over. */
function endOf(
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

/** Whether training ends for good, so that a last evaluation is due. */
function isFinished(reason: TrainingResult['reason'] | undefined): boolean {
  return reason === 'steps' || reason === 'minutes';
}
