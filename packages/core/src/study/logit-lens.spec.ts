import { createExplorer } from '../sampling/explorer.js';
import { activations, golden, plainLayerNorm } from '@ramble/node/testing';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { logitLens } from './study-prompt.js';

const [T, C, V] = [7, 12, 31];
const vocabulary = { describe: (id: number): string => `<${id}>` };
const prompt = { tokens: golden.inputIds[0] };

describe('logitLens', () => {
  it.each([
    ['causal', undefined],
    ['prefix', 4],
  ] as const)('ends with the result of nextTokens: %s', (attention, prefixLength) => {
    const model = tinyGpt2(attention);
    const seen = { ...prompt, prefixLength };
    const lens = logitLens(model, seen, vocabulary, 5);
    expect(lens.map(({ blocks }) => blocks)).toEqual([0, 1, 2]);
    const next = createExplorer(model, vocabulary).nextTokens(seen, 5);
    const said = lens[2].tokens;
    expect(said.map(({ word }) => word)).toEqual(next.map(({ word }) => word));
    expect(said.map(({ logit }) => logit)).toBeAllClose(
      next.map(({ logit }) => logit),
      {
        atol: 1e-5,
      },
    );
  });

  it('applies the final norm and the output projection after each earlier block', () => {
    const model = tinyGpt2();
    const table = model.parameters.read('tokenEmbedding.weight');
    for (const { blocks, tokens } of logitLens(model, prompt, vocabulary, V).slice(0, 2)) {
      const stream = activations[`hidden.${blocks}`].values.slice((T - 1) * C, T * C);
      const [gain, bias] = ['gain', 'bias'].map((part) =>
        model.parameters.read(`finalNorm.${part}`),
      );
      const normed = plainLayerNorm(stream, gain, bias, model.config.normEps);
      for (const { token, logit } of tokens) {
        const expected = normed.reduce((sum, x, c) => sum + x * table[token * C + c], 0);
        expect([logit]).toBeAllClose([expected], { atol: 1e-4 });
      }
      const sum = tokens.reduce((total, { probability }) => total + probability, 0);
      expect(sum).toBeCloseTo(1, 9);
    }
  });

  it('refuses an empty prompt', () => {
    expect(() => logitLens(tinyGpt2(), { tokens: [] }, vocabulary, 1)).toThrow(
      new RangeError('prompt: expected 1 to 16 tokens (contextLength), got 0'),
    );
  });
});
