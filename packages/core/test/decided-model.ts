import type { ModelConfig } from '../src/config/model-config.js';
import { createModel, type Model } from '../src/model/model.js';

const SHAPE = { vocabSize: 13, contextLength: 8, nLayer: 2, nHead: 3, nEmbd: 12 };

/** Makes a model with confident predictions; a new model hardly prefers any token. */
export function decidedModel(given: Partial<ModelConfig> = {}, factor = 25): Model {
  const model = createModel({ ...SHAPE, ...given }, { seed: 5 });
  for (const { name } of model.parameters.specs) {
    if (name.endsWith('.weight')) {
      model.parameters.write(
        name,
        model.parameters.read(name).map((value) => factor * value),
      );
    }
  }
  return model;
}
