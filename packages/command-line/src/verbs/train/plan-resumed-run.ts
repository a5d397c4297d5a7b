import type { TrainingConfig, TrainingState } from '@ramble/core';
import { currentEngine } from '@ramble/core/engine';
import { named } from '@ramble/core/files';
import { trainedOn } from '@ramble/core/training';
import {
  changeTraining,
  loadDomain,
  openRun,
  resumeRun,
  type Run,
  type RunStorage,
} from '@ramble/runs';

import { UsageError } from '../../verb/exit-errors.js';
import { loadEngine } from '../../verb/load-engine.js';
import { flagName, type Values } from '../../verb/flag.js';
import { type DomainCall, shellQuoted } from '../../verb/verb.js';
import { findOptions } from '../../data/find-data.js';
import { openTrainingData } from '../../data/open-training-data.js';
import { formatCount } from '../../format/format-number.js';
import { checkSameData, describeData, findTrainingData, wordsAgain } from './find-training-data.js';
import {
  checkMemory,
  checkUnchanged,
  engineNote,
  readingOptions,
  machineMemory,
  type TrainingPlan,
  usedEngine,
} from './session.js';
import { dataWords, type TrainFlags } from './train-flags.js';

/** Settings that a call with `--resume` may change; all others are fixed by the run. */
const LIMITS = new Set(['maxSteps', 'maxMinutes', 'patience', 'saveMinutes']);

/**
 * Plans to resume a run from its newest checkpoint, with its settings.
 *
 * @throws UsageError for a setting that is not a limit; Error if no run exists, or its data has changed.
 */
export async function planResumedRun(
  { app, flags, settings, engines, output, io, command }: DomainCall<TrainFlags>,
  signal: AbortSignal,
  storage: RunStorage,
): Promise<TrainingPlan> {
  const { out } = flags;
  const words = dataWords(app, flags);
  const opened = await openTrained(flags, storage, command);
  const limits = checkSettled(settings, opened);
  const domain = await loadDomain(opened, app.factory);
  const engine = await loadEngine(engines, flags, output);

  const { model: config, split } = opened.description;
  const training = { ...opened.description.training, ...limits };
  const keepsAttention = currentEngine()?.kernels.Attention === undefined;
  const options = { ...machineMemory(), keepsAttention, start: 'resumed' as const };
  named(`${out}/run.json`, () => checkMemory(trainedOn(config, training), training, options));

  const read = readingOptions(output, signal, 'reading');
  const found = await findTrainingData(wordsAgain(opened.description, words), {
    ...read,
    ...findOptions({ app, io, output }),
  });
  checkSameData(found, opened);
  const encode = readingOptions(output, signal, 'encoding');
  const data = await openTrainingData({
    ...{ ...encode, ...found, app, domain, training, config: trainedOn(config, training) },
    split: split === undefined ? 'tail' : undefined,
  });

  return {
    app,
    domain,
    data,
    description: { model: config, training, data: describeData(found), engine: engine.name },
    begin: async (memory) => {
      const broken: string[] = [];
      const { model, state, ...resumed } = await resumeRun(storage, {
        onBroken: (what) => broken.push(what),
        ...memory,
      });
      for (const what of broken) await output.warn(what, true);
      const used = usedEngine(engine);
      const note = engineNote(resumed.description, used);
      if (note !== undefined) await output.warn(note);
      if (limits.maxSteps !== undefined && training.maxSteps > 0) {
        checkSteps(training.maxSteps, state.step);
      }
      const { maxSteps, spentSeconds } = timesOf(training, limits, state);
      const run = await changeTraining(resumed, {
        training: { ...training, maxSteps },
        ...used,
      });
      await output.note(`continuing after step ${state.step}`);
      return { app, domain, data, run, model, state, spentSeconds };
    },
  };
}

/**
 * Opens a run that can be resumed.
 *
 * @throws UsageError for flags of a new run; Error for an imported run.
 */
async function openTrained(flags: TrainFlags, storage: RunStorage, command: string): Promise<Run> {
  for (const name of ['initFrom', 'like'] as const) {
    if (flags[name] === undefined) continue;
    throw new UsageError(`${flagName(name)}: expected a new run, got --resume`);
  }
  const opened = await openRun(storage);
  if (opened.description.origin?.kind !== 'import') return opened;
  const { out } = flags;
  throw new Error(
    `${out}: expected a run that was trained, got an imported one. ` +
      `Train a new run from it: ${command} train --init-from ${shellQuoted(out)} --data … --out …`,
  );
}

/**
 * Returns a resumed run's maximum number of steps, or 0 to plan it from the time limit again, and how many seconds of
 * that limit are spent.
 */
function timesOf(
  { maxSteps: planned, maxMinutes }: TrainingConfig,
  limits: Values,
  { step, elapsedSeconds }: TrainingState,
): { readonly maxSteps: number; readonly spentSeconds: number } {
  // If only minutes are given, a run that has done all of its steps gets a new plan.
  const isPlannedAgain = limits.maxMinutes !== undefined && limits.maxSteps === undefined;
  const maxSteps = isPlannedAgain && step >= planned && maxMinutes > 0 ? 0 : planned;
  // A plan that is still to be made is one for the whole run.
  const left = 60 * maxMinutes - elapsedSeconds;
  const isUnplanned = maxSteps === 0 && limits.maxMinutes === undefined && left > 0;
  return { maxSteps, spentSeconds: isUnplanned ? elapsedSeconds : 0 };
}

/** @throws UsageError for fewer steps than a run has: it would end at once, and could not be resumed. */
function checkSteps(maxSteps: number, done: number): void {
  if (maxSteps >= done) return;
  throw new UsageError(
    `--max-steps: expected at least the ${formatCount(done)} steps that the run has, got ${maxSteps}`,
  );
}

/**
 * Checks that given settings other than `LIMITS` equal the run's.
 *
 * @returns the given limits.
 */
function checkSettled(settings: Values, { description, storage }: Run): Values {
  const { model, training, domain } = description;
  const isLimit = ([name]: [string, unknown]): boolean => LIMITS.has(name);
  const given = Object.entries(settings);
  const settled = Object.fromEntries(given.filter((entry) => !isLimit(entry)));
  checkUnchanged(settled, { ...domain.options, ...model, ...training }, storage.name);
  return Object.fromEntries(given.filter(isLimit));
}
