import { type Files, fingerprint } from '@ramble/core';
import { checkFileName } from '@ramble/core/domain';
import { type ByteSink, formatJson, named } from '@ramble/core/files';
import { adaptersOf } from '@ramble/core/model';

import { writeCheckpoint } from '../checkpoint/checkpoint-files.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import { writeSafetensors, writeTensors } from '../safetensors/write-safetensors.js';
import { readJson, type RunStorage } from '../storage/run-storage.js';
import { checkParameters, finiteTensors } from '../weights/check-tensors.js';
import { keptFormats, type KeptWeights } from '../weights/load-model.js';
import { copiedBlocks, narrowTensors } from '../weights/stored-tensors.js';
import {
  describeRun,
  type DomainDescription,
  parseRunDescription,
  type RunDescription,
} from './run-description.js';

/** A run folder and its description. */
export interface Run {
  readonly storage: RunStorage;
  readonly description: RunDescription;
}

/**
 * Opens a run and reads its description.
 *
 * @throws NoRunError if the storage has no run; Error that names the file, if run.json is malformed.
 */
export async function openRun(storage: RunStorage): Promise<Run> {
  if (!(await storage.list('')).includes('run.json')) {
    throw new NoRunError(storage.name);
  }
  const json = await readJson(storage, 'run.json');
  const description = named(`${storage.name}/run.json`, () => parseRunDescription(json));
  return { storage, description };
}

/** Folders in which an unfinished, new run may have files before its run.json is written. */
const BEGUN = ['checkpoints', 'domain'];

/**
 * A run to be created. In place of a fingerprint, `domain` has the domain's files, as `DomainFactory.save` returns
 * them.
 */
export interface NewRun extends Omit<RunDescription, 'domain'> {
  readonly domain: Omit<DomainDescription, 'fingerprint'> & { readonly files: Files };
}

/**
 * Checks that a run can be created in the storage, before expensive work.
 *
 * @throws Error if the storage is not empty, so that nothing is lost.
 */
export async function checkIsNew(storage: RunStorage): Promise<void> {
  const names = await storage.list('');
  const first = names.at(0);
  if (first === undefined) return;
  const what = names.includes('run.json') ? 'one with a run' : `one that contains ${first}`;
  const advice =
    BEGUN.includes(first) && !names.includes('run.json')
      ? '. If that is left of a run that was killed as it began, remove the folder'
      : '';
  throw new Error(`${storage.name}: expected an empty or new folder, got ${what}${advice}`);
}

/**
 * Creates a run: writes its domain's files and run.json. The model is written with the first checkpoint. If
 * `writeFirst` saves it at step 0, the run can be resumed at any time.
 *
 * @param writeFirst - Writes checkpoints that must exist before the run does.
 * @throws Error if the storage is not empty, or if it fails; then no part of the run remains.
 */
export async function createRun(
  storage: RunStorage,
  newRun: NewRun,
  writeFirst?: (run: Run) => Promise<void>,
): Promise<Run> {
  await checkIsNew(storage);
  const { files, ...domain } = newRun.domain;
  Object.keys(files).forEach(checkFileName);
  const json = describeRun({ ...newRun, domain: { ...domain, fingerprint: fingerprint(files) } });
  const description = parseRunDescription(json); // checks that the written content can be read
  const writers: Record<string, (sink: ByteSink) => Promise<void>> = {};
  for (const [name, text] of Object.entries(files)) {
    writers[name] = (sink) => sink.write(new TextEncoder().encode(text));
  }
  const run = { storage, description };
  // This is outside the try: if another process created the run first, the domain belongs to it.
  await storage.writeFolder('domain', writers);
  try {
    await writeFirst?.(run);
    await storage.writeText('run.json', formatJson(json)); // written last: the run exists from here on
  } catch (error) {
    for (const folder of BEGUN) await storage.remove(folder); // so that creation can be retried
    throw error;
  }
  return run;
}

/** Thrown if a path contains no run. */
export class NoRunError extends Error {
  override readonly name = 'NoRunError';

  /**
   * Creates the error of a path without a run.
   *
   * @param place - Path without a run, as the caller gave it.
   * @param remedy - Advice for the user.
   */
  constructor(
    readonly place: string,
    remedy = 'name the folder of a run, or put its run.json back from a copy',
  ) {
    super(`${place}: expected a run with a run.json, got none; ${remedy}`);
  }
}

/**
 * Changes settings of a run's training, such as the number of steps or the engine.
 *
 * @throws RangeError for another optimizer, because the saved moments would not match.
 */
export async function changeTraining(
  { storage, description }: Run,
  changes: Partial<Pick<RunDescription, 'training' | 'engine' | 'instructionSet'>>,
): Promise<Run> {
  const json = describeRun({ ...description, ...changes });
  const changed = parseRunDescription(json); // checks that the written content can be read
  const { optimizer } = description.training;
  if (changed.training.optimizer !== optimizer) {
    throw new RangeError(
      `optimizer: expected ${optimizer}, which the run was trained with, got ${changed.training.optimizer}`,
    );
  }
  await storage.writeText('run.json', formatJson(json));
  return { storage, description: changed };
}

/** Options of importing a run. */
export interface ImportOptions {
  /**
   * The format in which the run stores matrices, `f32` by default. All formats except `f32` and `as stored` round.
   */
  readonly weights?: KeptWeights;
}

/**
 * Makes a run from weights of another source. It has one checkpoint, at step 0, without an optimizer's
 * moments. The weights are streamed, so the model need not fit in memory.
 *
 * @param file - Exactly the parameters of the run's model, under ramble's names.
 * @throws RangeError if the parameters differ from the model's, or TypeError if they are not floats, before
 *   anything is written. RangeError for a number that is NaN or infinite, when it is read. Error as
 *   `createRun`.
 */
export async function importRun(
  storage: RunStorage,
  newRun: NewRun,
  file: Safetensors,
  { weights = 'f32' }: ImportOptions = {},
): Promise<Run> {
  const { specs, wide } = checkParameters(file, newRun.model);
  const finite = finiteTensors(wide);
  const formatOf = keptFormats(file, weights);
  const tensors = specs.flatMap((spec) => {
    const entry = file.tensors.get(spec.name);
    const format = formatOf(spec);
    if (format.file.blocks && entry?.dtype === format.file.dtype)
      return [copiedBlocks(file, entry)];
    return narrowTensors(finite, spec, format.name);
  });
  return createRun(storage, newRun, () =>
    writeCheckpoint(storage, 0, {
      'model.safetensors': (sink) => writeTensors(sink, tensors),
    }),
  );
}

/**
 * Makes a run from adapters of another source, such as PEFT. Their base model is the model of the run in
 * `newRun.origin`. The new run has one checkpoint, at step 0.
 *
 * @param newRun - Description of the run. `training` has the settings of the adapters, and `model` is the config of
 *   the base model.
 * @param values - The parameters of the adapters by ramble's names.
 * @throws RangeError if a parameter is missing or has another size. Error as `createRun`.
 */
export async function importAdapters(
  storage: RunStorage,
  newRun: NewRun,
  values: ReadonlyMap<string, Float32Array>,
): Promise<Run> {
  const { specs = [] } = adaptersOf(newRun.model, newRun.training) ?? {};
  const tensors = specs.map(({ name, shape }) => {
    return { name, shape, values: () => values.get(name) ?? new Float32Array() };
  });
  return createRun(storage, newRun, () =>
    writeCheckpoint(storage, 0, {
      'model.safetensors': (sink) => writeSafetensors(sink, tensors),
    }),
  );
}
