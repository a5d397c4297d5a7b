import { checkpointFolder } from './checkpoint-steps.js';
import { checkParameters } from './check-parameters.js';
import { createRun, type NewRun } from './create-run.js';
import type { Run } from './open-run.js';
import type { RunStorage } from './run-storage.js';
import { convertTensor } from './safetensors/convert-tensor.js';
import type { FloatDtype } from './safetensors/float-codecs.js';
import type { Safetensors } from './safetensors/open-safetensors.js';
import { writeTensors } from './safetensors/write-tensors.js';

export interface ImportOptions {
  /** How the run keeps the parameters; 16-bit floats round. */
  readonly dtype?: FloatDtype;
}

/**
 * Makes a run of weights that were trained elsewhere: one checkpoint, at step 0, without the
 * moments of an optimizer. The weights stream from file to file; a model in memory is not needed.
 *
 * @param weights - Exactly the parameters of the run's model, under our names.
 * @throws RangeError when they are not, or TypeError when they are no floats, before anything is
 *   written; Error as `createRun`, and then nothing is left of the run.
 */
export async function importRun(
  storage: RunStorage,
  newRun: NewRun,
  weights: Safetensors,
  { dtype = 'F32' }: ImportOptions = {},
): Promise<Run> {
  const specs = checkParameters(weights, newRun.model);
  const tensors = specs.map(({ name }) => convertTensor(weights, name, dtype));
  const made: string[] = [];
  try {
    return await createRun(storage, newRun, async () => {
      made.push('checkpoints', 'domain');
      await storage.writeFolder(checkpointFolder(0), {
        'model.safetensors': (sink) => writeTensors(sink, tensors),
      });
    });
  } catch (error) {
    for (const folder of made) await storage.remove(folder); // so that it may be tried again
    throw error;
  }
}
