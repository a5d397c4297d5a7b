import type { Slot } from '@ramble/core';
import { openSafetensors } from '../safetensors/open-safetensors.js';

import { withCheckpointFile } from '../checkpoint/with-checkpoint-file.js';
import { trainingTensors } from '../weights/training-tensors.js';
import type { ResumedRun } from './resume-run.js';

/**
 * Reads the optimizer's slots of a run's checkpoint again, one after the other, in the order in which
 * `saveCheckpoint` asks for them: whoever loaded the run may have kept a part of them alone.
 *
 * @param processes - Number of processes that go on.
 * @param use - Called with the number of the process whose slot it is, 0 for what all of them have.
 * @throws BrokenCheckpointError when the checkpoint is not as it was saved.
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
