import { join } from 'node:path';

import {
  evaluateLoss,
  TRAINING_SETTINGS,
  type TrainingConfig,
  trainingConfig,
  TrainingDivergedError,
} from '@ramble/core';
import { messageOf } from '@ramble/core/files';
import { trainedOn, type UnitScore, unitScores } from '@ramble/core/training';
import { readLog } from '@ramble/runs';
import { folderStorage } from '@ramble/runs/node';

import { openTrainingData } from '../../data/open-training-data.js';
import { openModel } from '../../model/open-model.js';
import { measureFeature } from '../../verb/evaluate-features.js';
import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import { flagName, settingsIn, settingWords, type Values } from '../../verb/flag.js';
import type { Output } from '../../verb/output.js';
import { type DomainCall, shellQuoted } from '../../verb/verb.js';
import { extendRun, interruptedIn, sharedSteps, trainRun } from '../curve/train-run.js';
import { measureTokens } from '../evaluate/measure-tokens.js';
import { targetCounts, watchBatches } from '../evaluate/target-counts.js';
import type { TrainingFiles } from '../train/find-training-data.js';
import { newSettings } from '../train/plan-new-run.js';
import { timeTrainings } from '../train/speed.js';
import { VERB_DEFAULTS, type TrainFlags } from '../train/train-flags.js';
import { equalPaces, tokenAxis, valueWords, word } from './candidates.js';
import {
  equalUnits,
  planUnits,
  type RungResult,
  type Trial,
  type TrialScore,
} from './successive-halving.js';

type TrialCall = DomainCall<
  Omit<TrainFlags, 'resume' | 'keepCheckpoints' | keyof typeof VERB_DEFAULTS> & {
    readonly minutes?: number;
    readonly reductionFactor: number;
  }
>;

/** Everything that is needed to train a trial to the end of a rung. */
export interface TrialPlan {
  readonly files: TrainingFiles;
  readonly trial: Trial;
  readonly rung: number;
  readonly steps: number;
  /** Whether this is the last rung, so that the trial is never trained further. */
  readonly isLast: boolean;
  /** Settings of the training that differ from the settings of the call. */
  readonly settings: Values;
}

/** Settings of every trial: no time limit, no early stopping, and no scores of outputs, which take time. */
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
    flags: { ...call.flags, ...VERB_DEFAULTS, resume: false, keepCheckpoints: 1 },
    settings: { ...call.settings, ...own },
    chosen: { ...call.chosen, ...own },
    output: quiet(call.output),
  };
}

/** Returns a copy of an output that discards notes, because each trial would print its own. */
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
    const option = tokenAxis(app, trial.values);
    if (option !== undefined && score.unit === 'token') {
      throw new UsageError(
        `--over: ${word(option)} may change the tokens, and ${app.name} has no other unit to compare losses by`,
      );
    }
    const tokensPerSecond = await speedOf(run);
    if (Number.isFinite(score.value)) return { ...result, tokensPerSecond, score };
  } catch (error) {
    if (error instanceof InterruptedError) throw interruptedIn(flags.out, error);
    if (!isDivergence(error)) {
      await output.note(`trial ${trial.number} (${valueWords(trial)}) failed`);
      throw error;
    }
    await output.warn(`trial ${trial.number}: ${messageOf(error)}`);
  }
  return result;
}

/** Number of checkpoints to keep in addition to the ones that are saved while the learning rate decays. */
const KEPT = 3;

/** Whether an error reports a loss or a gradient that is not finite. */
function isDivergence(error: unknown): boolean {
  if (error instanceof TrainingDivergedError) return true;
  return error instanceof RangeError && error.message.startsWith('validation loss: ');
}

/** Returns the median speed in a run's log, in tokens per second; `undefined` if the log has none. */
async function speedOf(run: string): Promise<number | undefined> {
  const entries = await readLog(folderStorage(run), () => undefined);
  const speeds = entries.flatMap(({ tokensPerSecond }) => tokensPerSecond ?? []);
  return speeds.sort((a, b) => a - b).at(speeds.length >> 1);
}

/**
 * Measures the loss of a run on all of the validation data. Its unit is the app's first unit, such as the character, if
 * validation data was given; else the byte if tokens are text, or else the token.
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
    if (files.valid && measureFeature.of(app)) {
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

/** Returns the command that trains the same model as a trial. */
export function trainCommand(call: TrialCall, settings: Values, out: string): string {
  const { command, flags, preset, chosen } = call;
  const { architecture } = flags as Values; // a flag of verbs with a model's shape
  const { data, valid, source, target, validSource, validTarget, fields, lossOn } = flags;
  const files = { data, valid, source, target, validSource, validTarget, fields, lossOn };
  const { initFrom, like, engine, threads } = flags;
  const start = { initFrom, like, preset, architecture, engine, threads };
  const all = { ...files, ...start, ...chosen, ...settings, out };
  const words = Object.entries(all).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const flag = flagName(name);
    if (typeof value === 'boolean') return [value ? flag : flag.replace('--', '--no-')];
    if (Array.isArray(value)) return [flag, ...value.map(String)];
    return [flag, ...Object.values(settingWords({ value }))];
  });
  return [command, 'train', ...words.map(shellQuoted)].join(' ');
}

/** Minimum of a trial's `unitSteps` in a search of minutes: fewer than 50 steps in the first rung rank noise. */
const MIN_UNITS = 10;

/** Returns the complete settings of a trial's training; `wsd` is the schedule unless another one is given. */
export function trainingOf(call: TrialCall, values: Values): TrainingConfig {
  const settings = { schedule: 'wsd', ...newSettings(call, values) };
  const given = settingsIn(TRAINING_SETTINGS, { ...settings, maxSteps: 1, maxMinutes: 0 });
  return trainingConfig(given);
}

/** Plans the steps of each trial, by the given steps of the last rung, or by measured durations. */
export async function planTrials(
  call: TrialCall,
  candidates: readonly Values[],
  sizes: readonly number[],
): Promise<Trial[]> {
  const { minutes, reductionFactor: factor } = call.flags;
  const trainings = candidates.map((values) => trainingOf(call, values));
  const minUnits = candidates.map((values, i) => {
    const warmup = 'warmupSteps' in values ? trainings[i].warmupSteps : 0; // a searched one is not shortened
    return Math.max(minutes === undefined ? 1 : MIN_UNITS, warmup);
  });
  const plan = { sizes, factor, minUnits };
  const { clock } = call.io;
  const startMs = clock.now();
  let units: readonly number[];
  if (minutes === undefined) {
    units = equalUnits(call.settings.maxSteps as number, plan); // checked when it was parsed
  } else {
    const calls = candidates.map((values) => trainCall(call, { ...values, maxSteps: 1 }));
    const paces = equalPaces(candidates, await timeTrainings(calls, call.io, 60 * minutes));
    const shared = trainings.map((each) => sharedSteps({ ...each, maxSteps: 100, warmupSteps: 0 }));
    const spentSeconds = (clock.now() - startMs) / 1000;
    units = planUnits(paces, {
      ...plan,
      minutes,
      spentSeconds,
      sharedFraction: Math.min(...shared) / 100,
    });
  }
  return candidates.map((values, i) => ({
    number: i + 1,
    values,
    unitSteps: units[i],
    warmupSteps: Math.min(trainings[i].warmupSteps, units[i]),
    schedule: trainings[i].schedule,
    results: [],
  }));
}
