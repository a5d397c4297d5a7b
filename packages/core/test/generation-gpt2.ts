import { byOurName } from '@ramble/node/testing';

import { emptyModel, type Model } from '../src/model/model.js';
import { readTensors } from './read-fixture.js';

/** The GPT-2 of fixtures/generation. */
export function generationGpt2(): Model {
  const model = emptyModel({ vocabSize: 31, contextLength: 24, nEmbd: 12, nLayer: 2, nHead: 3 });
  const weights = readTensors('generation/model.safetensors');
  for (const { name } of model.parameters.specs) {
    model.parameters.write(name, byOurName(weights, name).values);
  }
  return model;
}
