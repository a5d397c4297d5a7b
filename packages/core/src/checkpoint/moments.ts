import type { TrainingConfig } from '../config/training-config.js';
import { type Slot, slotsOf } from '../parameters/optimizer.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { updateRule } from '../training/update-rule.js';
import { checkTensors } from './check-tensors.js';
import type { Safetensors } from './safetensors/open-safetensors.js';
import type { TensorToWrite } from './safetensors/write-safetensors.js';

interface Moment extends TensorToWrite {
  readonly parameter: string;
  readonly slot: Slot;
}

/** What the optimizer remembers, to be written: `finalNorm.gain.mean`, `finalNorm.gain.variance`. */
export function momentsOf(store: ParameterStore, training: TrainingConfig): Moment[] {
  const slots = slotsOf(updateRule(training, training.learningRate, 1).kind);
  return store.specs.flatMap(({ name, shape }) =>
    slots.map((slot) => ({
      name: `${name}.${slot}`,
      shape,
      values: () => store.read(name, slot),
      parameter: name,
      slot,
    })),
  );
}

/** @throws RangeError when the file does not hold exactly the moments of this optimizer. */
export async function loadMoments(
  file: Safetensors,
  store: ParameterStore,
  training: TrainingConfig,
): Promise<void> {
  const moments = momentsOf(store, training);
  checkTensors(file, moments);
  for (const { name, parameter, slot } of moments) {
    store.write(parameter, await file.read(name), slot);
  }
}
