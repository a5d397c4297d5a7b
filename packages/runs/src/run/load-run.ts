import type { Model } from '@ramble/core';
import { adapterKindOf, adaptModel, withConfig } from '@ramble/core/model';

import { findStep, withCheckpointFile } from '../checkpoint/check-checkpoint.js';
import {
  type CheckpointChoice,
  checkpointFolder,
  checkpointSteps,
  firstWhole,
} from '../checkpoint/checkpoint-files.js';
import { openSafetensors } from '../safetensors/open-safetensors.js';
import type { RunStorage } from '../storage/run-storage.js';
import { loadModel, readAdapters, type WeightOptions } from '../weights/load-model.js';
import { NoRunError, openRun, type Run } from './open-run.js';
import type { OriginDescription } from './run-description.js';

/** A run with the model of one of its checkpoints. */
export interface LoadedRun extends Run {
  readonly step: number;
  /** The model, which the caller must dispose. */
  readonly model: Model;
}

/** Options of loading a run: the checkpoint, and how its weights are kept in memory. */
export interface LoadOptions extends WeightOptions {
  /** The checkpoint to load, `best` by default. If best.json names no checkpoint, `best` loads the newest. */
  readonly step?: CheckpointChoice;
  /**
   * Called with a sentence on each broken file, if the newest intact checkpoint replaces the best or newest
   * one. Without this callback, or if `step` is a number, a broken checkpoint is an error.
   */
  readonly onBroken?: (what: string) => void;
}

/**
 * Loads a model from a run, on the current backend. It does not load the optimizer's moments; `resumeRun`
 * does. If a training removes the checkpoint in the meantime, its replacement is loaded.
 *
 * @throws Error, TypeError or RangeError that names the file, and the tensor if one is at fault.
 * @example
 * const { model, ...run } = await loadRun(storage); const domain = await loadDomain(run, factory);
 */
export async function loadRun(
  storage: RunStorage,
  { step: choice = 'best', onBroken, ...options }: LoadOptions = {},
): Promise<LoadedRun> {
  const run = await openRun(storage);
  const load = (step: number): Promise<Model> => loadStep(run, step, options);
  if (typeof choice === 'number') {
    const step = await findStep(storage, choice);
    return { ...run, step, model: await load(step) };
  }
  for (;;) {
    const first = await findStep(storage, choice).catch((error: unknown) => {
      if (!onBroken || !(error instanceof TypeError || error instanceof RangeError)) throw error;
      onBroken(`${error.message}. The newest checkpoint takes the place of the best`); // of best.json
      return findStep(storage, 'newest');
    });
    const newestFirst = onBroken ? (await checkpointSteps(storage)).reverse() : [];
    const steps = [first, ...newestFirst.filter((other) => other !== first)];
    const isGone = async (): Promise<boolean> => !(await checkpointSteps(storage)).includes(first);
    try {
      const { value: model, step, broken } = await firstWhole(steps, load);
      if (step === first || !(await isGone())) {
        for (const { message } of broken) {
          onBroken?.(`${message}. The checkpoint of step ${step} takes its place`);
        }
        return { ...run, step, model };
      }
      model.dispose();
    } catch (error) {
      if (!(await isGone())) throw error;
    }
  }
}

/**
 * Loads the model of one checkpoint.
 *
 * @throws BrokenCheckpointError if the checkpoint is damaged.
 */
export async function loadStep(run: Run, step: number, options: WeightOptions): Promise<Model> {
  const { storage, description } = run;
  if (adapterKindOf(description.training)) return loadAdapted(run, step, options);
  return withCheckpointFile(storage, step, 'model.safetensors', async (file) => {
    const model = await loadModel(await openSafetensors(file), description.model, options);
    try {
      await file.check();
      return model;
    } catch (error) {
      model.dispose();
      throw error;
    }
  });
}

/**
 * Loads a checkpoint of adapters, together with their base model, whose weights keep their stored format by default.
 */
async function loadAdapted(run: Run, step: number, options: WeightOptions): Promise<Model> {
  const adapted = await newAdapters(run, options);
  try {
    await readStep(run, step, adapted);
    return adapted;
  } catch (error) {
    adapted.dispose();
    throw error;
  }
}

function readStep({ storage }: Run, step: number, adapted: Model): Promise<void> {
  return withCheckpointFile(storage, step, 'model.safetensors', async (file) => {
    await readAdapters(await openSafetensors(file), adapted);
  });
}

/**
 * Loads the adapters of a run over a model that is loaded already. Several runs of adapters may share one model.
 *
 * @param base - The run that the adapters were trained on. Disposing of the returned model disposes of the base
 *   model, too.
 * @param storage - The run with the adapters.
 * @throws RangeError that names both runs, if the adapters belong to another model.
 */
export async function loadAdapters(
  base: LoadedRun,
  storage: RunStorage,
  { step: choice = 'best' }: Pick<LoadOptions, 'step'> = {},
): Promise<LoadedRun> {
  const run = await openRun(storage);
  const { model, training, origin } = run.description;
  const { name } = base.storage;
  if (!adapterKindOf(training)) {
    throw new RangeError(`${storage.name}: expected a run with adapters, got one without`);
  }
  if ((await modelHash(base.storage, base.step)) !== origin?.sha256) {
    throw new RangeError(
      `${storage.name}: expected adapters of ${name}, got adapters of ${origin?.path ?? 'another model'}`,
    );
  }
  const step = await findStep(storage, choice);
  const adapted = adaptModel(withConfig(base.model, model), training);
  await readStep(run, step, adapted);
  return { ...run, step, model: adapted };
}

/**
 * Loads the base model of a run's adapters, with new adapters that are all zero, for the caller to fill.
 *
 * @returns the model, which the caller must dispose.
 * @throws Error that names both runs, if the base is missing or is not the model that the adapters were trained on.
 */
export async function newAdapters(
  { storage, description: { model, training, origin } }: Run,
  options: WeightOptions = {},
): Promise<Model> {
  const base = await loadBase(storage, origin, options);
  try {
    return adaptModel(withConfig(base, model), training);
  } catch (error) {
    base.dispose();
    throw error;
  }
}

/**
 * Loads the model that a run's adapters belong to.
 *
 * @throws Error that names both runs, if it is missing or is not the model that the adapters were trained on.
 */
async function loadBase(
  own: RunStorage,
  { path, step, sha256 }: Partial<OriginDescription> = {},
  options: WeightOptions,
): Promise<Model> {
  const { name } = own;
  const storage = path === undefined ? undefined : own.another?.(path);
  if (path === undefined || step === undefined || !storage) {
    throw new TypeError(
      `${name}/run.json: origin: expected the run and the step under its adapters`,
    );
  }
  const advice = `it is the model under the adapters of ${name}`;
  const run = await openRun(storage).catch((error: unknown) => {
    throw error instanceof NoRunError
      ? new NoRunError(path, `${advice}; put it back from a copy`)
      : error;
  });
  const got = await modelHash(storage, step);
  if (got !== undefined && sha256 !== undefined && got !== sha256) {
    throw new RangeError(
      `${storage.name}/${modelPath(step)}: expected the SHA-256 ${sha256}, because ${advice}, got ${got}`,
    );
  }
  return loadStep(run, step, { ...options, weights: options.weights ?? 'as stored' });
}

const modelPath = (step: number): string => `${checkpointFolder(step)}/model.safetensors`;

/**
 * Returns the SHA-256 of a checkpoint's weights, by which adapters recognize their base; `undefined` if the storage
 * computes no hashes.
 */
export async function modelHash(storage: RunStorage, step: number): Promise<string | undefined> {
  return storage.sha256?.(modelPath(step));
}

/**
 * Makes a model whose parameters are the mean over checkpoints of a run. It is often better than each
 * checkpoint.
 *
 * @param steps - Steps of the checkpoints, at least one.
 * @returns the model, which the caller must dispose.
 * @throws RangeError without steps; Error that names a checkpoint that is missing or broken.
 * @see Vaswani et al. 2017, section 6.1, https://arxiv.org/abs/1706.03762
 */
export async function averageCheckpoints(
  storage: RunStorage,
  steps: readonly number[],
): Promise<Model> {
  const sums = new Map<string, Float64Array>();
  let average: Model | undefined;
  for (const step of steps) {
    const { model } = await loadRun(storage, { step });
    average ??= model;
    for (const { name } of model.parameters.specs) {
      const values = model.parameters.read(name);
      const sum = sums.get(name) ?? new Float64Array(values.length);
      values.forEach((value, i) => (sum[i] += value));
      sums.set(name, sum);
    }
    if (model !== average) model.dispose();
  }
  if (!average) throw new RangeError('steps: expected at least one checkpoint, got none');
  for (const [name, sum] of sums) {
    average.parameters.write(
      name,
      Float32Array.from(sum, (value) => value / steps.length),
    );
  }
  return average;
}
