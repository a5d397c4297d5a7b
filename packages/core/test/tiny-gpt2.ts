import { TINY_GPT2_SIZES, tinyGpt2Values } from '@ramble/node/testing';

import { emptyModel, type Model } from '../src/model/model.js';

/** The tiny GPT-2 of packages/node/fixtures/gpt2. */
export function tinyGpt2(attention: 'causal' | 'prefix' = 'causal'): Model {
  const model = emptyModel({ ...TINY_GPT2_SIZES, attention });
  for (const { name } of model.parameters.specs) {
    model.parameters.write(name, tinyGpt2Values(name));
  }
  return model;
}
