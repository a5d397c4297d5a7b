import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  checkSettings,
  MODEL_SETTINGS,
  type ModelConfig,
  modelConfig,
  samplingConfig,
  TRAINING_SETTINGS,
  trainingConfig,
} from '@ramble/core';
import { scoringFeature } from '@ramble/core/app';
import type { JsonObject } from '@ramble/core/files';
import type { RunStorage } from '@ramble/runs';
import { folderStorage, whileLocked } from '@ramble/runs/node';

import { findData, findOptions, type FoundData } from '../../data/find-data.js';
import { missingData } from '../../data/data-flags.js';
import { readWhole } from '../../data/read-data.js';
import { setApart } from '../../data/training-data.js';
import { openModel } from '../../model/open-model.js';
import { findApp } from '../../module/find-app.js';
import { UsageError } from '../../verb/exit-errors.js';
import { settingsIn } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { measureTokens } from '../evaluate/measure-tokens.js';
import { findTrainingData, type TrainingFiles } from '../train/find-training-data.js';
import { dataWords, refusedTrainData, trainPresets } from '../train/train-flags.js';
import { type Pretraining, pretrainingFeature } from '../../verb/app-features.js';
import { CURVE_FLAGS, type CurveFlags, curveSettings, parseShares, trainRun } from './train-run.js';
import { curveLines, type CurveModel, type CurvePoint, openCurve } from './curve-store.js';

type CurveCall = DomainCall<CurveFlags>;

/** `ramble DOMAIN curve`: measures models trained on fractions of the data, with and without an initial model. */
export const curveProgram: DomainProgram<CurveFlags> = {
  flags: CURVE_FLAGS,
  settings: curveSettings,
  presets: trainPresets,
  refused: (app) => [
    ...refusedTrainData(app),
    ...(pretrainingFeature.of(app) ? [] : ['pretrainSteps']),
  ],
  waitsFor: 'data',
  run,
};

async function run(call: CurveCall): Promise<void> {
  const { flags, output } = call;
  const shares = parseShares(flags.shares);
  checkStart(call);
  const { files, measured } = await findCurveData(call);
  await whileLocked(flags.out, async () => {
    const storage = folderStorage(flags.out);
    const settings = settingsOf(call);
    const store = await openCurve(storage, { files, settings });
    const pretraining = pretrainingFeature.of(call.app);
    const base =
      flags.pretrainSteps === undefined || !pretraining
        ? flags.initFrom
        : await pretrain(call, pretraining, files, storage);
    for (const model of modelsOf(shares, base)) {
      if (store.find(model)) continue;
      await store.add(await makePoint(call, model, { base, measured }));
    }
    const points = store.points.filter(({ share }) => shares.includes(share));
    const { curvePage } = await import('./curve-page.js'); // the help loads no plots
    const subtitle = [call.command, ...files.data.descriptions.map(({ path }) => path)].join(' · ');
    await storage.writeText(
      'curve.html',
      curvePage(points, { title: flags.out, subtitle, settings }),
    );
    output.progress('');
    if (output.isJson) await output.printJson({ curve: flags.out, points });
    else for (const line of curveLines(points)) await output.print(line);
    await output.note(`look at ${join(flags.out, 'curve.html')}`);
  });
}

/**
 * @throws UsageError for --pretrain-steps together with --init-from, or for an app that cannot start from plain text.
 */
function checkStart({ app, flags: { initFrom, pretrainSteps } }: CurveCall): void {
  if (pretrainSteps === undefined) return;
  if (initFrom !== undefined) {
    throw new UsageError('--pretrain-steps: expected no value with --init-from, got both');
  }
  if (!pretrainingFeature.of(app)) {
    throw new UsageError(
      `--pretrain-steps: expected a domain that can start from plain text, got ${app.name}; use --init-from`,
    );
  }
}

interface CurveData {
  readonly files: TrainingFiles;
  /** Data on which models are measured: the test data, or the validation data. */
  readonly measured: FoundData;
}

async function findCurveData(call: CurveCall): Promise<CurveData> {
  const { app, flags } = call;
  const options = findOptions(call);
  const words = dataWords(app, flags);
  if (words.data === undefined && words.source === undefined) {
    throw missingData();
  }
  const files = await findTrainingData(words, options);
  const test =
    flags.test &&
    (await findData(flags.test, { ...options, flag: 'test', fieldNames: flags.fields }));
  const measured = test ?? files.valid;
  if (measured) return { files: { ...files, test }, measured };
  throw new UsageError(
    '--valid: expected validation data, because none is held out from --data, got none',
  );
}

/**
 * Returns the settings that all points of the curve share. A later call must give the same ones to continue the curve.
 */
function settingsOf({ flags, settings }: CurveCall): JsonObject {
  const { initFrom, pretrainSteps, test } = flags;
  const own = Object.entries({ initFrom, pretrainSteps, test: test?.join(' ') });
  const given = own.filter(([, value]) => value !== undefined);
  return { ...settings, ...(Object.fromEntries(given) as JsonObject) };
}

function modelsOf(shares: readonly number[], base: string | undefined): CurveModel[] {
  const beginnings =
    base === undefined ? (['random'] as const) : (['random', 'pretrained'] as const);
  return shares.flatMap((share) => beginnings.map((beginning) => ({ share, beginning })));
}

/**
 * Trains and measures one model of the curve. With a `base` run, every model has that run's tokens and shape, even a
 * randomly initialized one.
 */
async function makePoint(
  call: CurveCall,
  { share, beginning }: CurveModel,
  { base, measured }: Pick<CurveData, 'measured'> & { readonly base?: string },
): Promise<CurvePoint> {
  const { app, flags, output, engines, io } = call;
  const { data, valid, source, target, validSource, validTarget, fields } = flags;
  const name = beginning === 'random' ? `${share}-percent` : `${share}-percent-${beginning}`;
  const run = join(flags.out, name);
  const start = beginning === 'random' ? { like: base } : { initFrom: base };
  await output.note(`${name}:`);
  await trainRun(call, {
    app,
    run,
    flags: { data, valid, source, target, validSource, validTarget, fields, ...start },
    settings: { ...call.settings, dataShare: share / 100 },
    chosen: flags.pretrainSteps === undefined ? call.chosen : {}, // the text model already has them
  });
  const { engine, threads } = flags;
  const open = await openModel({
    app,
    flags: { model: run, activations: 'f32', engine, threads },
    engines,
    output,
    onlyDecodes: false,
  });
  try {
    const report = await measureTokens({ app, output, io }, open, measured, {
      samples: 0,
      sampling: scoringFeature.of(app) && samplingConfig(app.sampling),
    });
    const { loss, tokens, outputs } = report;
    return { share, beginning, run, step: open.step, loss, tokens, ...outputs };
  } finally {
    open.model.dispose();
  }
}

const TEXT_FILE = 'plain.jsonl';

/**
 * Trains a text model on the plain text of the training data. It has the call's model settings, so that models of the
 * curve can start from it.
 *
 * @returns the folder of the text model's run.
 */
async function pretrain(
  call: DomainCall<CurveFlags>,
  pretraining: Pretraining<unknown, unknown>,
  files: TrainingFiles,
  storage: RunStorage,
): Promise<string> {
  const { app, apps, settings, flags } = call;
  const { out, pretrainSteps: maxSteps } = flags;
  const textApp = await findApp(apps, pretraining.app, call.io);
  if (!textApp) {
    throw new UsageError(`--pretrain-steps: expected the domain ${pretraining.app}, got none`);
  }
  const path = join(out, TEXT_FILE);
  if (!existsSync(path)) await storage.writeText(TEXT_FILE, await textOf(call, pretraining, files));
  const own = checkSettings<unknown>(app.options, settingsIn(app.options, settings));
  // All settings are given, so that no default of the text app replaces them.
  const training = trainingConfig({
    ...settingsIn(TRAINING_SETTINGS, settings),
    maxSteps,
    bestBy: 'loss',
  });
  const shape: Partial<ModelConfig> = modelConfig({
    ...settingsIn(MODEL_SETTINGS, settings),
    vocabSize: 1,
  });
  const run = join(out, 'pretraining');
  const all = { ...shape, ...training, ...pretraining.options(own) };
  const plan = { app: textApp, run, flags: { data: [path] } };
  await trainRun(call, { ...plan, settings: all, chosen: all });
  return run;
}

/** Returns the distinct texts of the training examples as lines of JSON: `{"text": …}`. */
async function textOf(
  { app }: DomainCall<CurveFlags>,
  pretraining: Pretraining<unknown, unknown>,
  { data, valid }: TrainingFiles,
): Promise<string> {
  const examples = await readWhole(app, data);
  const learned = valid ? examples : setApart(examples, { app, data }).learned;
  const texts = new Set(learned.flatMap((example) => pretraining.textsOf(example)));
  return Array.from(texts, (text) => `${JSON.stringify({ text })}\n`).join('');
}
