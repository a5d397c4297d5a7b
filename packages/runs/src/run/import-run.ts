import { loraOf } from '@ramble/core/model';

import type { Safetensors } from '../safetensors/open-safetensors.js';
import { writeSafetensors, writeTensors } from '../safetensors/write-safetensors.js';

import { checkParameters, finiteTensors } from '../weights/check-tensors.js';
import { createRun, type NewRun, type Run } from './open-run.js';
import { keptFormats, type KeptWeights } from '../weights/stored-formats.js';
import { copiedBlocks, narrowTensors } from '../weights/stored-tensors.js';
import type { RunStorage } from '../storage/run-storage.js';
import { writeCheckpoint } from '../checkpoint/checkpoint-files.js';

/** Options of importing a run. */
export interface ImportOptions {
  /** The format in which the run stores matrices; all but `f32` and `as stored` round. */
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
 * Makes a run of adapters from another source, over the model of the run that is its origin. It has one checkpoint, at
 * step 0.
 *
 * @param newRun - The run, whose training has the settings of the adapters, and whose model is the base's.
 * @param values - The parameters of the adapters by ramble's names.
 * @throws RangeError if a parameter is missing or has another size. Error as `createRun`.
 */
export async function importAdapters(
  storage: RunStorage,
  newRun: NewRun,
  values: ReadonlyMap<string, Float32Array>,
): Promise<Run> {
  const { specs = [] } = loraOf(newRun.model, newRun.training) ?? {};
  const tensors = specs.map(({ name, shape }) => {
    return { name, shape, values: () => values.get(name) ?? new Float32Array() };
  });
  return createRun(storage, newRun, () =>
    writeCheckpoint(storage, 0, {
      'model.safetensors': (sink) => writeSafetensors(sink, tensors),
    }),
  );
}
