import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  checkSettings,
  MODEL_SETTINGS,
  type ModelConfig,
  modelConfig,
  TRAINING_SETTINGS,
  trainingConfig,
} from '@ramble/core';
import type { RunStorage } from '@ramble/runs';

import { UsageError } from '../../verb/exit-errors.js';
import type { Pretraining } from './curve-features.js';
import { findApp } from '../../module/find-app.js';
import { settingsIn } from '../../verb/settings-in.js';
import type { DomainCall } from '../../verb/verb.js';
import { readData } from '../../data/read-data.js';
import { setApart } from '../../data/set-apart.js';
import type { TrainingFiles } from '../train/find-training-data.js';
import type { CurveFlags } from './curve-flags.js';
import { trainRun } from './train-run.js';

const TEXT_FILE = 'plain.jsonl';

/**
 * Trains a model of text, of the curve's shape, on the plain text of the training data.
 *
 * @returns its run's folder.
 */
export async function pretrain(
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
  // All of the curve's shape and training, so that none of the text app's defaults takes its place.
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

/** The texts of the examples that are learned from, a line of JSON each. */
async function textOf(
  { app }: DomainCall<CurveFlags>,
  pretraining: Pretraining<unknown, unknown>,
  { data, valid }: TrainingFiles,
): Promise<string> {
  const examples: unknown[] = [];
  for await (const example of readData(app, data)) examples.push(example);
  const learned = valid ? examples : setApart(examples, { app, data }).learned;
  const texts = new Set(learned.flatMap((example) => pretraining.textsOf(example)));
  return Array.from(texts, (text) => `${JSON.stringify({ text })}\n`).join('');
}
