import {
  bestStep,
  checkpointFolder,
  checkpointSteps,
  openSafetensors,
  readLog,
  type RunStorage,
  storedKind,
  type WeightKind,
} from '@ramble/core';

import { fileSizes } from './file-sizes.js';

/** A checkpoint of a run. */
export interface CheckpointSummary {
  readonly step: number;
  /** Absent where the model was not evaluated at this step. */
  readonly validationLoss?: number;
  readonly isBest: boolean;
  /** What its weights are kept in. */
  readonly weights: WeightKind;
  /** Bytes of each file by name. */
  readonly files: Readonly<Record<string, number>>;
}

/** The checkpoints of a run, the oldest first. */
export async function describeCheckpoints(storage: RunStorage): Promise<CheckpointSummary[]> {
  const losses = new Map<number, number>();
  for (const { step, validationLoss } of await readLog(storage)) {
    if (validationLoss !== undefined) losses.set(step, validationLoss);
  }
  const best = await bestStep(storage);
  const checkpoints: CheckpointSummary[] = [];
  for (const step of await checkpointSteps(storage)) {
    checkpoints.push({
      step,
      validationLoss: losses.get(step),
      isBest: step === best,
      weights: await weightsOf(storage, step),
      files: await fileSizes(storage, checkpointFolder(step)),
    });
  }
  return checkpoints;
}

async function weightsOf(storage: RunStorage, step: number): Promise<WeightKind> {
  const file = await storage.open(`${checkpointFolder(step)}/model.safetensors`);
  try {
    return storedKind(await openSafetensors(file));
  } finally {
    await file.close();
  }
}
