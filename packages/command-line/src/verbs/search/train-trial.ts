import { join } from 'node:path';

import { evaluateLoss, TrainingDivergedError } from '@ramble/core';
import { messageOf } from '@ramble/core/files';
import { trainedOn, type UnitScore, unitScores } from '@ramble/core/training';
import { memoryStorage, readLog } from '@ramble/runs';
import { folderStorage } from '@ramble/runs/node';

import { openTrainingData } from '../../data/open-training-data.js';
import { openModel } from '../../model/open-model.js';
import { InterruptedError } from '../../verb/exit-errors.js';
import type { Values } from '../../verb/flag.js';
import type { Output } from '../../verb/output.js';
import type { DomainCall } from '../../verb/verb.js';
import { extendRun, trainRun } from '../curve/train-run.js';
import { measureTokens } from '../evaluate/measure-tokens.js';
import { targetCounts, watchBatches } from '../evaluate/target-counts.js';
import type { TrainingFiles } from '../train/find-training-data.js';
import { planNewRun } from '../train/plan-new-run.js';
import { timeTraining, type TimedTraining } from '../train/speed.js';
import { TOGETHER_DEFAULTS, type TrainFlags } from '../train/train-flags.js';
import type { RungResult, Trial, TrialPace, TrialScore } from './successive-halving.js';

type TrialCall = DomainCall<
  Omit<TrainFlags, 'resume' | 'keepCheckpoints' | keyof typeof TOGETHER_DEFAULTS>
>;

/** A training of a trial up to the end of a rung. */
export interface TrialPlan {
  readonly files: TrainingFiles;
  readonly trial: Trial;
  readonly rung: number;
  readonly steps: number;
  /** Whether no longer training of the trial follows. */
  readonly isLast: boolean;
  /** Settings of the training that differ from the settings of the call. */
  readonly settings: Values;
}

/** Settings of every trial: one evaluation, at the end, and no scores of outputs, which take time. */
const TRIAL_SETTINGS = { maxMinutes: 0, patience: 0, bestBy: 'loss', scoredExamples: 0 } as const;

/** Returns the folder of a trial's run. */
export function trialFolder(out: string, number: number): string {
  return join(out, `trial-${number}`);
}

/** Returns the call of `train` with the settings of a trial. */
function trainCall(call: TrialCall, given: Values): DomainCall<TrainFlags> {
  const own = { ...given, ...TRIAL_SETTINGS };
  return {
    ...call,
    flags: { ...call.flags, ...TOGETHER_DEFAULTS, resume: false, keepCheckpoints: 1 },
    settings: { ...call.settings, ...own },
    chosen: { ...call.chosen, ...own },
    output: quiet(call.output),
  };
}

/** Returns an output without the notes of each training. */
function quiet(output: Output): Output {
  return { ...output, note: () => Promise.resolve() };
}

/**
 * Trains a trial to the end of a rung, or continues its training, and measures it.
 *
 * @returns a result without a score if the training diverged.
 */
export async function trainTrial(
  call: TrialCall,
  { files, trial, rung, steps, isLast, settings }: TrialPlan,
): Promise<RungResult> {
  const { app, flags, output } = call;
  const run = trialFolder(flags.out, trial.number);
  const result = { rung, steps };
  await extendRun(flags.out, `trial-${trial.number}`, steps);
  const own = trainCall(call, { ...settings, saveInterval: 4 * trial.unitSteps });
  try {
    await trainRun(own, {
      ...{ app, run, flags: own.flags, settings: own.settings, chosen: own.chosen },
      limits: { maxSteps: steps },
      keepCheckpoints: isLast ? 1 : KEPT + Math.ceil(steps / (20 * trial.unitSteps)),
    });
    const score = await measure(call, run, files);
    const tokensPerSecond = await speedOf(run);
    if (Number.isFinite(score.value)) return { ...result, tokensPerSecond, score };
  } catch (error) {
    if (!isDivergence(error)) throw error;
    await output.warn(`trial ${trial.number}: ${messageOf(error)}`);
  }
  return result;
}

/** Number of checkpoints to keep in addition to the ones that are saved in a decay. */
const KEPT = 3;

/** Whether an error reports a loss or a gradient that is not finite. */
function isDivergence(error: unknown): boolean {
  if (error instanceof TrainingDivergedError) return true;
  return error instanceof RangeError && error.message.startsWith('validation loss: ');
}

/** Returns the median speed in a run's log. */
async function speedOf(run: string): Promise<number | undefined> {
  const entries = await readLog(folderStorage(run), () => undefined);
  return median(entries.flatMap(({ tokensPerSecond }) => tokensPerSecond ?? []));
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b).at(values.length >> 1);
}

/**
 * Measures a run on all of the validation data: on separate data as `evaluate` does, in the app's first unit; on the
 * part that training holds out, in bits per byte if tokens are text, or else in bits per token.
 */
async function measure(call: TrialCall, run: string, files: TrainingFiles): Promise<TrialScore> {
  const { app, flags, engines } = call;
  const { engine, threads } = flags;
  const own = { ...call, output: quiet(call.output) };
  const open = await openModel({
    app,
    engines,
    output: own.output,
    flags: { model: run, activations: 'f32', engine, threads },
    onlyDecodes: false,
  });
  try {
    if (files.valid) {
      const { loss, tokens, scores } = await measureTokens(own, open, files.valid, { samples: 0 });
      return { tokens, ...(scores.at(0) ?? perToken(loss)) };
    }
    const { model: config, training, split } = open.description;
    const data = await openTrainingData({
      ...{ ...files, app, domain: open.domain, training, config: trainedOn(config, training) },
      split: split === undefined ? 'tail' : undefined,
      onSkip: () => undefined, // skipped examples were reported in training
    });
    const counts = targetCounts(config.vocabSize);
    const batches = watchBatches(data.validation(), counts.addBatch);
    const { loss, tokens } = await evaluateLoss(open.model, batches).finally(() => data.close());
    const { vocabulary } = open.domain;
    const bytes = counts.tokens.reduce(
      (sum, count, id) => sum + (count > 0 ? count * (vocabulary.bytes?.(id)?.length ?? 0) : 0),
      0,
    );
    return { tokens, ...(unitScores(loss * tokens, { byte: bytes }).at(0) ?? perToken(loss)) };
  } finally {
    open.model.dispose();
  }
}

function perToken(loss: number): UnitScore {
  return { kind: 'bits', unit: 'token', value: loss / Math.LN2 };
}

/** Fraction of a search's time after which trials are not timed a second time. */
const TIMING_SHARE = 0.05;

/** Measured durations of a trial, except the part that later rungs need not repeat. */
type TimedTrial = Omit<TrialPace, 'sharedFraction'>;

/**
 * Measures the durations of a step of each candidate, twice if time allows, one candidate after the other. Other
 * programs only lengthen a step, so that the shortest of equal steps counts.
 *
 * @throws InterruptedError on Ctrl-C.
 */
export async function timeTrials(
  call: TrialCall,
  candidates: readonly Values[],
  limitSeconds: number,
): Promise<TimedTrial[]> {
  const { clock, onInterrupt } = call.io;
  const stop = new AbortController();
  const forget = onInterrupt(() =>
    stop.abort(new InterruptedError('stopped before training began; nothing is lost')),
  );
  const startMs = clock.now();
  const seconds = (): number => (clock.now() - startMs) / 1000;
  const rounds: (TimedTraining & { readonly setup: number })[][] = candidates.map(() => []);
  try {
    for (let round = 0; round < 2 && seconds() < TIMING_SHARE * limitSeconds; round++) {
      for (const [i, values] of candidates.entries()) {
        call.output.progress(`timing trial ${i + 1} of ${candidates.length}`);
        const before = seconds();
        const timed = await timeTrial(call, values, stop.signal);
        const setup = seconds() - before - sum(timed.steps);
        rounds[i].push({ ...timed, setup });
      }
    }
  } finally {
    forget();
    call.output.progress('');
  }
  return rounds.map((own) => {
    const count = Math.min(...own.map(({ steps }) => steps.length));
    const best = Array.from({ length: count }, (_, i) =>
      Math.min(...own.map(({ steps }) => steps[i])),
    );
    const all = own.flatMap(({ steps }) => steps);
    return {
      stepSeconds: median(best) ?? NaN,
      loadedSeconds: sum(all) / all.length,
      otherSeconds: Math.min(...own.map(({ setup, evaluation }) => setup + evaluation)),
    };
  });
}

async function timeTrial(
  call: TrialCall,
  values: Values,
  signal: AbortSignal,
): Promise<TimedTraining> {
  const own = trainCall(call, { ...values, maxSteps: 1 });
  const plan = await planNewRun(own, signal, memoryStorage());
  try {
    const session = await plan.begin();
    try {
      const timed = await timeTraining(session, call.io.clock, signal);
      signal.throwIfAborted();
      return timed;
    } finally {
      session.model.dispose();
    }
  } finally {
    await plan.data.close();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
