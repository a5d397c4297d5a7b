import { createModel, type ModelConfig } from '@ramble/core';

import type { ExploredModel, ExploredModels } from '../src/models/requested-model.js';
import { END, lettersApp, lettersDomain } from './letters-app.js';

/**
 * Makes a tiny model whose weights are scaled initial weights, so that some next tokens are much more probable than
 * others. The token that ends an output is improbable.
 *
 * @param given - Values that differ from the defaults, including settings of the model.
 */
export function lettersModel({
  id = 'letters',
  app = lettersApp,
  domain = lettersDomain,
  ...given
}: Partial<ModelConfig & ExploredModel> = {}): ExploredModel {
  const sizes = { vocabSize: domain.vocabulary.size, contextLength: 24, nLayer: 2, nHead: 2 };
  const model = createModel({ ...sizes, nEmbd: 12, ...given }, { seed: 3 });
  const { nEmbd } = model.config;
  for (const { name } of model.parameters.specs) {
    const scaled = model.parameters.read(name).map((value) => 20 * value);
    if (name === 'tokenEmbedding.weight') scaled.fill(0, END * nEmbd, (END + 1) * nEmbd);
    if (name.endsWith('.weight')) model.parameters.write(name, scaled);
  }
  return { id, model, app, domain, engine: 'cpu' };
}

/** Returns open models. Models that are later added to the list are open too. */
export function openModels(...list: ExploredModel[]): ExploredModels {
  return { list: () => list, find: (id) => list.find((model) => model.id === id) };
}
