import { createExplorer, scoreExample } from '@ramble/core';

import { lettersModel, openModels } from '../../test/letters-model.js';
import { explorerCalls } from '../explorer-calls.js';

const letters = lettersModel();
const long = lettersModel({ id: 'long', contextLength: 300 });
const prefix = lettersModel({ id: 'prefix', attention: 'prefix' });
const calls = explorerCalls(openModels(letters, long, prefix));
const textOf = (length: number): number[] => Array.from({ length }, (_, i) => (i * i + 3 * i) % 27);

describe('reading', () => {
  it.each([
    ['letters', 2],
    ['letters', 25],
    ['long', 290],
  ])('returns the log-probabilities of scoreExample: %s, %d tokens', async (id, length) => {
    const { model } = id === 'long' ? long : letters;
    const tokens = textOf(length);
    const answer = await calls.whole.reading({ model: id, prompt: { tokens }, alternatives: 2 });
    const scores = scoreExample(model, { tokens, lossWeights: tokens.map(() => 1) });
    const logProbabilities = answer.tokens.map(({ probability }) => Math.log(probability));
    expect(Float32Array.from(logProbabilities)).toBeAllClose(Float32Array.from(scores), {
      atol: 1e-3,
    });
    expect(answer.tokens.map((token) => token.id)).toEqual(tokens.slice(1));
  });

  it('has alternatives, ranks and entropies of each place', async () => {
    const tokens = textOf(9);
    const answer = await calls.whole.reading({
      model: 'letters',
      prompt: { tokens },
      alternatives: 4,
    });
    const explorer = createExplorer(letters.model, letters.domain.vocabulary);
    for (const [i, { id, rank, alternatives, entropy }] of answer.tokens.entries()) {
      const next = explorer.nextTokens({ tokens: tokens.slice(0, i + 1) }, 28);
      expect(alternatives.map(({ id }) => id)).toEqual(next.slice(0, 4).map(({ token }) => token));
      expect(next[rank - 1].token).toBe(id);
      const bits = next.map(({ probability: p }) => -p * Math.log2(p));
      expect(entropy).toBeCloseTo(
        bits.reduce((sum, each) => sum + each, 0),
        4,
      );
    }
  });

  it('reads the end of a text that exceeds the context by more than a token', async () => {
    const tokens = textOf(60);
    const alternatives = 1;
    const all = await calls.whole.reading({ model: 'letters', prompt: { tokens }, alternatives });
    const end = { tokens: tokens.slice(-25) };
    expect(all).toEqual(await calls.whole.reading({ model: 'letters', prompt: end, alternatives }));
    expect(all.tokens).toHaveLength(24);
  });

  it('leaves out the tokens of a prefix, which attend to one another', async () => {
    const prompt = { tokens: textOf(9), prefixLength: 4 };
    const { tokens } = await calls.whole.reading({ model: 'prefix', prompt, alternatives: 0 });
    expect(tokens.map((token) => token.id)).toEqual(prompt.tokens.slice(4));
    const causal = await calls.whole.reading({ model: 'letters', prompt, alternatives: 0 });
    expect(causal.tokens).toHaveLength(8);
  });

  it('has nothing to say of one token', async () => {
    const question = { model: 'letters', prompt: { tokens: [3] }, alternatives: 1 };
    expect(await calls.whole.reading(question)).toEqual({ tokens: [] });
  });
});
