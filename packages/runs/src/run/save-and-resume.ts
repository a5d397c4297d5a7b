import type { Model, TrainingState } from '@ramble/core';
import { checkSetting } from '@ramble/core/app';
import { type ByteSink, formatJson, named } from '@ramble/core/files';
import { withTrainingHeads } from '@ramble/core/model';
import { parseTrainingState, type Slot } from '@ramble/core/training';

import {
  bestStep,
  findStep,
  removeBrokenBest,
  withCheckpointFile,
  writeBest,
} from '../checkpoint/check-checkpoint.js';
import {
  BrokenCheckpointError,
  checkpointFolder,
  checkpointSteps,
  firstWhole,
  writeCheckpoint,
} from '../checkpoint/checkpoint-files.js';
import { openSafetensors } from '../safetensors/open-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { readJsonFile, type RunStorage } from '../storage/run-storage.js';
import {
  loadTrainingTensors,
  memoryTensors,
  savedTensors,
  type SlotOptions,
  trainingTensors,
} from '../weights/training-tensors.js';
import { type LoadedRun, loadStep } from './load-run.js';
import { openRun, type Run } from './open-run.js';
import { trimLog } from './run-log.js';

/** A run with the model and the state of training of its newest intact checkpoint. */
export interface ResumedRun extends LoadedRun {
  readonly state: TrainingState;
}

/** Options of resuming a run. */
export interface ResumeOptions {
  /**
   * Called with a sentence on each fault and its repair: a broken checkpoint that an older one replaces, an
   * unreadable best.json, broken lines of the log. Without this callback, a broken newest checkpoint is an error, and
   * the other faults are repaired silently.
   */
  readonly onBroken?: (what: string) => void;
  /**
   * Called with the model before the optimizer's slots (such as Adam's moments) are loaded, so that a sharded store can
   * keep only its part of them.
   */
  readonly onModel?: (model: Model) => void;
  /**
   * Number of processes that resume, 1 by default. If each process has its own moments (local updates), it must equal
   * the number of processes that saved the checkpoint.
   */
  readonly processes?: number;
}

/**
 * Loads the newest checkpoint with the state that training needs to continue as if it had never stopped. Removes the
 * entries of the log after the checkpoint's step. Repairs a broken best.json or line of the log, and moves broken
 * checkpoints to the folder `broken`.
 *
 * @throws as `loadRun`.
 */
export async function resumeRun(
  storage: RunStorage,
  { onBroken, ...options }: ResumeOptions = {},
): Promise<ResumedRun> {
  const run = await openRun(storage);
  if (run.description.origin?.kind === 'import') {
    throw new Error(
      `${storage.name}: expected a run that was trained, got an imported one. Train a new run from it`,
    );
  }
  const newest = await findStep(storage, 'newest');
  const steps = onBroken ? (await checkpointSteps(storage)).reverse() : [newest];
  const { value, step, broken } = await firstWhole(steps, (tried) =>
    resumeStep(run, tried, options),
  );
  try {
    for (const error of broken) {
      const folder = `broken/${checkpointFolder(error.step).split('/')[1]}`;
      await storage.move(checkpointFolder(error.step), folder);
      onBroken?.(
        `${error.message}. Training goes on from step ${step} and trains up to step ${error.step} again; ` +
          `the broken checkpoint is kept in ${storage.name}/${folder}`,
      );
    }
    const best = await removeBrokenBest(storage);
    if (best !== undefined) onBroken?.(`${best}. It is written anew`);
    await writeBest(storage, value.state); // the process may have been killed before it wrote best.json
    const lines = await trimLog(storage, value.state.step);
    if (lines !== undefined) onBroken?.(`${lines}. What cannot be read is dropped`);
    return { ...run, step, ...value };
  } catch (error) {
    value.model.dispose();
    throw error;
  }
}

/**
 * Loads one checkpoint with the state of its training.
 *
 * @throws BrokenCheckpointError if the checkpoint is damaged.
 */
async function resumeStep(
  run: Run,
  step: number,
  { onModel, processes }: Pick<ResumeOptions, 'onModel' | 'processes'>,
): Promise<{ readonly model: Model; readonly state: TrainingState }> {
  const { storage, description } = run;
  const { training } = description;
  const numbers = await withCheckpointFile(storage, step, 'training.json', async (file) => {
    const json = await readJsonFile(file);
    return named(file.name, () => parseTrainingState(json));
  });
  if (numbers.step !== step) {
    throw new BrokenCheckpointError(
      `${storage.name}/${checkpointFolder(step)}/training.json: expected step ${step}, got ${numbers.step}`,
      step,
    );
  }
  const model = withTrainingHeads(await loadStep(run, step, {}), training);
  try {
    onModel?.(model);
    const memory = await withCheckpointFile(storage, step, 'training.safetensors', async (file) =>
      loadTrainingTensors(await openSafetensors(file), model, training, step === 0 ? 1 : processes),
    );
    return { model, state: { ...numbers, ...(memory && { memory }) } };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * Reads the optimizer's slots (such as Adam's moments) from a run's checkpoint again, because a sharded store keeps
 * only a part of them. Slots come one after another, in the order in which `saveCheckpoint` reads them.
 *
 * @param processes - Number of processes that resume.
 * @param use - Called with each slot and the number of the process that it belongs to, 0 for shared slots.
 * @throws BrokenCheckpointError if the checkpoint is damaged.
 */
export async function readSlots(
  {
    storage,
    description,
    model,
    state,
  }: Pick<ResumedRun, 'storage' | 'description' | 'model' | 'state'>,
  processes: number,
  use: (name: string, slot: Slot, rank: number, values: Float32Array) => Promise<void>,
): Promise<void> {
  await withCheckpointFile(storage, state.step, 'training.safetensors', async (file) => {
    const tensors = await openSafetensors(file);
    for (const tensor of trainingTensors(model, description.training, { processes })) {
      const { name, parameter, slot, rank } = tensor;
      if (slot) await use(parameter, slot, rank, await tensors.read(name));
    }
  });
}

/** Options of saving a checkpoint. */
export interface SaveOptions extends SlotOptions {
  /** Number of newest checkpoints to keep, in addition to the best one; 2 by default. */
  readonly keepCheckpoints?: number;
}

/**
 * Saves model, moments and state as one checkpoint, writes the best step to best.json and removes older
 * checkpoints. If the process is killed, the run still contains its old checkpoints, with or without the new
 * one.
 *
 * @throws RangeError if the model is not this run's or the state contains a value that is not a number; Error
 *   if the step was already saved or the storage fails. The run is then unchanged.
 */
export async function saveCheckpoint(
  run: Run,
  model: Model,
  state: TrainingState,
  { keepCheckpoints = 2, ...slots }: SaveOptions = {},
): Promise<void> {
  const keep = {
    kind: 'integer',
    min: 1,
    description: 'Number of newest checkpoints to keep.',
  } as const;
  checkSetting('keepCheckpoints', keep, keepCheckpoints);
  const { storage, description } = run;
  if (JSON.stringify(model.config) !== JSON.stringify(description.model)) {
    throw new RangeError('model: expected the settings in run.json, got other ones');
  }
  const { memory, ...numbers } = state;
  const trainingJson = formatJson(parseTrainingState(numbers)); // checks that the written state can be read
  const tensors = [
    ...trainingTensors(model, description.training, slots),
    ...memoryTensors(model.config, memory),
  ];
  await writeCheckpoint(storage, state.step, {
    'model.safetensors': (sink: ByteSink) => writeSafetensors(sink, savedTensors(model)),
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
