import type { ModelConfig, SegmentMemory } from '@ramble/core';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorToWrite } from '../safetensors/write-safetensors.js';

const nameOf = (layer: number): string => `memory.${layer}`;

/** What is remembered, to be written: `memory.0` for what the first block read, `[B, M, C]`. */
export function memoryTensors({ nEmbd }: ModelConfig, memory?: SegmentMemory): TensorToWrite[] {
  if (!memory) return [];
  const { batchSize, length, states } = memory;
  return states.map((state, layer) => {
    return { name: nameOf(layer), shape: [batchSize, length, nEmbd], values: () => state };
  });
}

/**
 * Reads the memory of a training from a file.
 *
 * @throws RangeError when it is more than the model can remember, or not of every layer.
 */
export async function loadMemory(
  file: Safetensors,
  { nLayer, memory: most = 0 }: ModelConfig,
): Promise<SegmentMemory | undefined> {
  const first = file.tensors.get(nameOf(0));
  if (!first) return undefined;
  const [batchSize = 0, length = 0] = first.shape;
  if (length > most) {
    throw new RangeError(
      `${file.name}: expected ${first.name} of at most ${most} positions (memory), got [${first.shape.join()}]`,
    );
  }
  const states: Float32Array[] = [];
  for (let layer = 0; layer < nLayer; layer++) {
    states.push(await file.read(nameOf(layer)));
  }
  return { batchSize, length, states };
}
