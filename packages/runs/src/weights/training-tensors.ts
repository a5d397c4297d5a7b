import {
  type Model,
  type SegmentMemory,
  type Slot,
  OPTIMIZERS,
  slotsOf,
  type TrainingConfig,
  trainingHeads,
} from '@ramble/core';
import type { Safetensors, TensorToWrite } from '@ramble/safetensors';

import { checkTensors } from './check-tensors.js';
import { loadMemory, memoryTensors } from './memory-tensors.js';

interface TrainingTensor extends TensorToWrite {
  readonly parameter: string;
  /** Absent for the values themselves. */
  readonly slot?: Slot;
}

/** Reads an optimizer's slot of a whole parameter. */
export type SlotReader = (name: string, slot: Slot) => Float32Array | Promise<Float32Array>;

/**
 * What a training saves in addition to its model: heads, and what the optimizer remembers,
 * `finalNorm.gain.mean`, `finalNorm.gain.variance`.
 *
 * @param slotOf - Reads what is remembered, as the store has it unless given.
 */
export function trainingTensors(
  { config, parameters: store }: Model,
  training: TrainingConfig,
  slotOf: SlotReader = (name, slot) => store.read(name, slot),
): TrainingTensor[] {
  const slots = slotsOf(OPTIMIZERS[training.optimizer].kind);
  const heads = trainingHeads(config, training).map(({ name, shape }) => {
    return { name, shape, values: () => store.read(name), parameter: name };
  });
  const moments = store.specs.flatMap(({ name, shape }) =>
    slots.map((slot) => ({
      name: `${name}.${slot}`,
      shape,
      values: () => slotOf(name, slot),
      parameter: name,
      slot,
    })),
  );
  return [...heads, ...moments];
}

/**
 * Loads what only training needs: moments, training heads and the memory.
 *
 * @param model - With the heads of its training.
 * @returns what a model that remembers has remembered.
 * @throws RangeError when the file does not hold exactly what this training has.
 */
export async function loadTrainingTensors(
  file: Safetensors,
  model: Model,
  training: TrainingConfig,
): Promise<SegmentMemory | undefined> {
  const tensors = trainingTensors(model, training);
  const memory = await loadMemory(file, model.config);
  checkTensors(file, [...tensors, ...memoryTensors(model.config, memory)]);
  for (const { name, parameter, slot } of tensors) {
    model.parameters.write(parameter, await file.read(name), slot);
  }
  return memory;
}
