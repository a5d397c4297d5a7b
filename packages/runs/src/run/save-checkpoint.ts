import type { Model, TrainingState } from '@ramble/core';
import { checkSetting } from '@ramble/core/app';
import type { ByteSink } from '@ramble/core/files';
import { parseTrainingState } from '@ramble/core/training';
import { formatJson } from '@ramble/core/files';

import { writeSafetensors } from '../safetensors/write-safetensors.js';

import { bestStep, writeBest } from '../checkpoint/check-checkpoint.js';
import {
  checkpointFolder,
  checkpointSteps,
  writeCheckpoint,
} from '../checkpoint/checkpoint-files.js';
import type { Run } from './open-run.js';
import {
  memoryTensors,
  parameterTensors,
  type SlotOptions,
  trainingTensors,
} from '../weights/training-tensors.js';
import type { RunStorage } from '../storage/run-storage.js';

/** Options of saving a checkpoint. */
export interface SaveOptions extends SlotOptions {
  /** Number of newest checkpoints to keep; the best one is always kept. */
  readonly keepCheckpoints?: number;
}

/**
 * Saves model, moments and state as one checkpoint, writes the best step to best.json and removes checkpoints
 * that need not be kept. If the process is killed at any time, the run contains its old checkpoints, with or
 * without the new one.
 *
 * @throws RangeError when the model is not of this run or the state holds what is no number; Error
 *   when the step is saved already or the storage cannot take it, and then nothing has changed.
 */
export async function saveCheckpoint(
  run: Run,
  model: Model,
  state: TrainingState,
  { keepCheckpoints = 2, ...slots }: SaveOptions = {},
): Promise<void> {
  const keep = { kind: 'integer', min: 1, description: 'Newest checkpoints that stay.' } as const;
  checkSetting('keepCheckpoints', keep, keepCheckpoints);
  const { storage, description } = run;
  if (JSON.stringify(model.config) !== JSON.stringify(description.model)) {
    throw new RangeError('model: expected the settings in run.json, got other ones');
  }
  const { memory, ...numbers } = state;
  const trainingJson = formatJson(parseTrainingState(numbers)); // what is written can be read
  const tensors = [
    ...trainingTensors(model, description.training, slots),
    ...memoryTensors(model.config, memory),
  ];
  await writeCheckpoint(storage, state.step, {
    'model.safetensors': (sink: ByteSink) => writeSafetensors(sink, parameterTensors(model)),
    'training.safetensors': (sink: ByteSink) => writeSafetensors(sink, tensors),
    'training.json': (sink: ByteSink) => sink.write(new TextEncoder().encode(trainingJson)),
  });
  await writeBest(storage, state);
  await removeOthers(storage, keepCheckpoints);
}

async function removeOthers(storage: RunStorage, keepCheckpoints: number): Promise<void> {
  const best = await bestStep(storage);
  const older = (await checkpointSteps(storage)).slice(0, -keepCheckpoints);
  for (const step of older) if (step !== best) await storage.remove(checkpointFolder(step));
}
