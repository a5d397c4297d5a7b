import type { Model } from '@ramble/core';
import { openSafetensors, type Safetensors } from '../safetensors/open-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';

import { memoryStorage } from '../storage/memory-storage.js';
import { parameterTensors } from './parameter-tensors.js';

/** Makes a file in memory of a model's current parameters, for `importRun`. */
export async function modelFile(model: Model): Promise<Safetensors> {
  const storage = memoryStorage('model');
  await storage.writeFolder('model', {
    'model.safetensors': (sink) => writeSafetensors(sink, parameterTensors(model)),
  });
  return openSafetensors(await storage.open('model/model.safetensors'));
}
