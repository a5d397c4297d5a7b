import {
  type AnyApp,
  type ModelConfig,
  TRAINING_SETTINGS,
  type TrainingConfig,
  trainingConfig,
} from '@ramble/core';
import { scoringFeature } from '@ramble/core/app';
import { currentEngine } from '@ramble/core/engine';
import { supportsPositions, withTrainingHeads } from '@ramble/core/model';
import { NEW_TRAINING, trainedOn } from '@ramble/core/training';
import { createRun, type RunStorage, saveCheckpoint } from '@ramble/runs';

import { UsageError } from '../../verb/exit-errors.js';
import { loadEngine } from '../../verb/load-engine.js';
import { settingsIn, type Values } from '../../verb/flag.js';
import { type DomainCall, shellQuoted } from '../../verb/verb.js';
import { findOptions } from '../../data/find-data.js';
import { missingData } from '../../data/data-flags.js';
import { readData } from '../../data/read-data.js';
import { openTrainingData } from '../../data/open-training-data.js';
import { startFrom, type StartPoint, startLike, startNew } from './start-point.js';
import {
  checkMemory,
  readingOptions,
  machineMemory,
  type TrainingPlan,
  usedEngine,
} from './session.js';
import { describeData, findTrainingData, type TrainingFiles } from './find-training-data.js';
import { dataWords, type TrainFlags } from './train-flags.js';

/**
 * Plans a new run. Its first checkpoint, at step 0, is saved before training.
 *
 * @throws UsageError for wrong settings; Error for data that cannot be read, or a folder with a run.
 */
export async function planNewRun(
  call: DomainCall<TrainFlags>,
  signal: AbortSignal,
  storage: RunStorage,
): Promise<TrainingPlan> {
  const { app, flags, engines, output } = call;
  const words = dataWords(app, flags);
  if (words.data === undefined && words.source === undefined) {
    throw missingData();
  }
  const settings = newSettings(call);
  const beginning = await findStartPoint({ ...call, settings });
  const given = settingsIn(TRAINING_SETTINGS, settings);
  const training = trainingConfig({ ...beginning.defaultsFor?.(given), ...given });
  const memory = { ...machineMemory(), start: beginning.defaultsFor ? 'tuned' : 'new' } as const;
  // Checks the smallest possible vocabulary before data is read, and the exact one later.
  checkMemory(trainedOn(beginning.makeConfig(1), training), training, {
    ...memory,
    keepsAttention: false,
  });
  checkBestBy(training, app);
  await checkNew(storage, call);
  const engine = await loadEngine(engines, flags, output);

  const { clock } = call.io;
  const startMs = clock.now();
  const read = readingOptions(output, signal, 'reading');
  const found = await findTrainingData(words, { ...read, ...findOptions(call) });
  checkHasModel(found, call);
  // Skipped examples are reported once: when the same data is encoded.
  const silent = { ...read, onSkip: () => undefined, onRepair: undefined };
  const { domain, options } = await beginning.makeDomain(readData(app, found.data, silent));
  const config = beginning.makeConfig(domain.vocabulary.size);
  const keepsAttention = currentEngine()?.kernels.Attention === undefined;
  const sequences = trainedOn(config, training);
  const memoryNote = checkMemory(sequences, training, { ...memory, keepsAttention });
  if (memoryNote !== undefined) await output.note(memoryNote);
  const encode = readingOptions(output, signal, 'encoding');
  const trained = { app, domain, training, config: sequences };
  const data = await openTrainingData({ ...encode, ...found, ...trained });
  const readSeconds = (clock.now() - startMs) / 1000;
  return {
    app,
    domain,
    data,
    description: { model: config, training, data: describeData(found), engine: engine.name },
    begin: async () => {
      const { model: first, origin } = await beginning.makeModel(config, training);
      const model = withTrainingHeads(first, training);
      const newRun = {
        domain: { name: domain.name, options, files: app.factory.save(domain) },
        model: config,
        training,
        data: describeData(found),
        split: data.split,
        ...usedEngine(engine),
        origin,
      };
      const run = await createRun(storage, newRun, (begun) =>
        saveCheckpoint(begun, model, NEW_TRAINING, flags),
      );
      return { app, domain, data, run, model, state: NEW_TRAINING, readSeconds };
    },
  };
}

/** @throws UsageError for `bestBy: score` if the app does not score outputs. */
function checkBestBy({ bestBy, preference }: TrainingConfig, app: AnyApp): void {
  if (bestBy !== 'score' || preference !== 'none' || scoringFeature.of(app)) return;
  throw new UsageError(
    `--best-by: expected loss, because outputs of ${app.name} have no score, got score`,
  );
}

/** @throws UsageError for conversations without a run to start from, whose chat template they need. */
function checkHasModel(
  { data }: TrainingFiles,
  { command, flags: { initFrom, like } }: DomainCall<TrainFlags>,
): void {
  if (!data.conversations || initFrom !== undefined || like !== undefined) return;
  throw new UsageError(
    `--init-from: a training on conversations starts from an instruct model; import one with ${command} import smollm2-135m-instruct --out runs/smollm2, and add --init-from runs/smollm2 --lora-rank 16`,
  );
}

/** @throws Error for a folder that has a run. */
async function checkNew(
  storage: RunStorage,
  { flags: { out }, command }: DomainCall<TrainFlags>,
): Promise<void> {
  if (!(await storage.list('')).includes('run.json')) return;
  throw new Error(
    `${out}: expected a new folder, got one with a run; continue it with ${command} train --resume --out ${shellQuoted(out)}`,
  );
}

/**
 * Returns the settings of a new run. Given settings override the app's defaults. The defaults apply only if neither a
 * preset nor another run is named, and only if the given settings support them. Chosen minutes replace a preset's
 * number of steps.
 *
 * @param values - Settings that override the call's.
 */
export function newSettings(
  {
    app,
    flags: { initFrom, like },
    preset,
    settings,
    chosen,
  }: Pick<
    DomainCall<Pick<TrainFlags, 'initFrom' | 'like'>>,
    'app' | 'flags' | 'preset' | 'settings' | 'chosen'
  >,
  values: Values = {},
): DomainCall<TrainFlags>['settings'] {
  const isPlain = initFrom === undefined && like === undefined && preset === undefined;
  const given = { ...settings, ...values };
  const all: Record<string, unknown> = {
    ...(isPlain ? defaultsWith(app, given) : {}),
    ...given,
  };
  const { maxMinutes } = chosen;
  if (typeof maxMinutes === 'number' && maxMinutes > 0) all.maxSteps = chosen.maxSteps;
  return all;
}

function findStartPoint(call: DomainCall<TrainFlags>): StartPoint | Promise<StartPoint> {
  const { initFrom, like } = call.flags;
  if (initFrom !== undefined && like !== undefined) {
    throw new UsageError('--like: expected no value with --init-from, got both');
  }
  if (like !== undefined) return startLike(like, call);
  return initFrom === undefined ? startNew(call.app, call.settings) : startFrom(initFrom, call);
}

/**
 * Returns the default settings of an app, without positions that the given attention does not support, and without
 * R-Drop if the loss is on pairs.
 */
function defaultsWith(
  app: AnyApp,
  { attention, preference = 'none' }: Values,
): Record<string, unknown> {
  const { positions, rDrop, ...others }: Values = app.presets?.defaults ?? {};
  const isSupported =
    positions !== undefined &&
    (attention === undefined ||
      supportsPositions(
        attention as ModelConfig['attention'],
        positions as ModelConfig['positions'],
      )); // checked settings
  return {
    ...others,
    ...(isSupported && { positions }),
    ...(rDrop !== undefined && preference === 'none' && { rDrop }),
  };
}
