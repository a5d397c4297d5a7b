import { gpt2Fixtures, theirName } from '@ramble/node/testing';

import { modelConfig } from '../config/model-config.js';
import { initialValues } from './parameter.js';
import { parameterSpecs } from '../model/model-parameters.js';

interface Statistics {
  readonly expectedMean: number;
  readonly expectedStd: number;
  readonly stdBound5Sigma?: [number, number];
  readonly meanBound5Sigma?: number;
}
const fixture = gpt2Fixtures.readJson('init.json') as {
  config: Record<'vocab_size' | 'n_positions' | 'n_embd' | 'n_layer' | 'n_head', number>;
  parameters: Record<string, Statistics>;
}; // its README
const { config } = fixture;
const specs = parameterSpecs(
  modelConfig({
    vocabSize: config.vocab_size,
    contextLength: config.n_positions,
    nEmbd: config.n_embd,
    nLayer: config.n_layer,
    nHead: config.n_head,
  }),
);

describe('initialValues', () => {
  it.each(specs.map((spec, index) => [spec.name, spec, index] as const))(
    "has the mean and deviation of GPT-2's %s",
    (name, spec, index) => {
      const values = initialValues(spec, 7, index);
      const expected = fixture.parameters[theirName(name)];
      if (!expected.stdBound5Sigma || !expected.meanBound5Sigma) {
        expect([...values]).toEqual(new Array(values.length).fill(expected.expectedMean));
        return;
      }
      // The fixture's positions have Hugging Face's deviation of 0.02. OpenAI's code and ramble use 0.01.
      const scale = name === 'positionEmbedding.weight' ? 0.5 : 1;
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      const [low, high] = expected.stdBound5Sigma;
      expect(Math.abs(mean)).toBeLessThan(scale * expected.meanBound5Sigma);
      expect(Math.sqrt(variance)).toBeGreaterThan(scale * low);
      expect(Math.sqrt(variance)).toBeLessThan(scale * high);
    },
  );

  it('is the same for the same seed, and different for another seed or parameter', () => {
    const [spec] = specs;
    const firsts = [
      initialValues(spec, 7, 0),
      initialValues(spec, 8, 0),
      initialValues(spec, 7, 1),
    ].map(([first]) => first);
    expect(new Set(firsts).size).toBe(3);
    expect(initialValues(spec, 7, 0)[0]).toBe(firsts[0]);
  });
});
