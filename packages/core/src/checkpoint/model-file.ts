import type { Model } from '../model/model.js';
import { memoryStorage } from './memory-storage.js';
import { parameterTensors } from './parameter-tensors.js';
import { openSafetensors, type Safetensors } from './safetensors/open-safetensors.js';
import { writeSafetensors } from './safetensors/write-safetensors.js';

/** A model's parameters as a file in memory, for `importRun`: a copy of the model as it is now. */
export async function modelFile(model: Model): Promise<Safetensors> {
  const storage = memoryStorage('model');
  await storage.writeFolder('model', {
    'model.safetensors': (sink) => writeSafetensors(sink, parameterTensors(model)),
  });
  return openSafetensors(await storage.open('model/model.safetensors'));
}
