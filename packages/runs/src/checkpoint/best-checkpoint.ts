import { checkSettings, type SettingTable, type TrainingState } from '@ramble/core';
import { formatJson, named } from '@ramble/core/files';

import { checkpointSteps } from './checkpoint-steps.js';
import type { RunStorage } from '../storage/run-storage.js';
import { readJson } from '../storage/stored-text.js';

/** What best.json says. */
interface BestCheckpoint {
  readonly step: number;
  readonly validationLoss: number;
}

const SETTINGS: SettingTable<BestCheckpoint> = {
  step: { kind: 'integer', min: 0, description: 'The best one, as `bestBy` says.' },
  validationLoss: { kind: 'number', description: 'Its validation loss.' },
};

/**
 * Reads the step that best.json names.
 *
 * @returns `undefined` without a best.json, or when that checkpoint is no longer there.
 */
export async function bestStep(storage: RunStorage): Promise<number | undefined> {
  if (!(await storage.list('')).includes('best.json')) return undefined;
  const json = await readJson(storage, 'best.json');
  const { step } = named(`${storage.name}/best.json`, () => checkSettings(SETTINGS, json));
  return (await checkpointSteps(storage)).includes(step) ? step : undefined;
}

/**
 * Removes a best.json that is unreadable, for example after a process was killed.
 *
 * @returns what was wrong with it, if anything was.
 */
export async function removeBrokenBest(storage: RunStorage): Promise<string | undefined> {
  try {
    await bestStep(storage);
    return undefined;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    await storage.remove('best.json');
    return error.message;
  }
}

/** Makes best.json name the best step of a training, if that step was saved. */
export async function writeBest(
  storage: RunStorage,
  { bestStep: step, bestLoss: validationLoss }: TrainingState,
): Promise<void> {
  if (step === undefined || !(await checkpointSteps(storage)).includes(step)) return;
  await storage.writeText('best.json', formatJson({ step, validationLoss }));
}
