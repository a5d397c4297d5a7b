import { modelConfig } from '@ramble/core';
import { type AttentionPattern, type Decoder, decoderOf } from '@ramble/core/model';

import { lettersApp } from '../../test/letters-app.js';
import { reversalApp } from '../../test/reversal-app.js';
import { type PlannedPrompts, planPrompts } from './write-outputs.js';

const WORDS = ['abcde', '', 'ab', 'abcdefghijklmnop', 'abc'];
const decoderWith = (contextLength: number, attention: AttentionPattern = 'causal'): Decoder =>
  decoderOf(modelConfig({ vocabSize: 30, contextLength, attention }));
const plan = async (
  contextLength: number,
  maxNewTokens: number,
  words = WORDS,
): Promise<PlannedPrompts> => {
  const domain = await reversalApp.factory.load({});
  return planPrompts(reversalApp, domain, decoderWith(contextLength), words, maxNewTokens);
};

describe('planPrompts', () => {
  it('orders prompts for the model by length, and answers those that need no model', async () => {
    const { asked, answered, cut } = await plan(40, 20);
    expect(asked.map(({ number }) => number)).toEqual([2, 4, 0, 3]);
    expect(answered).toEqual([{ number: 1, output: '' }]);
    expect(cut).toEqual([]);
  });

  it('cuts prompts that leave too little space, but not below three quarters of the context', async () => {
    const lengths = async (contextLength: number, maxNewTokens: number) => {
      const { asked, cut } = await plan(contextLength, maxNewTokens);
      return { longest: Math.max(...asked.map(({ prompt }) => prompt.tokens.length)), cut };
    };
    expect(await lengths(20, 5)).toEqual({
      longest: 15,
      cut: [{ number: 3, tokens: 17, kept: 15 }],
    });
    expect(await lengths(20, 3)).toEqual({ longest: 17, cut: [] });
    expect((await lengths(20, 200)).longest).toBe(15);
  });

  it('keeps all of a long prompt if the domain cannot cut it, and counts the tokens that are read', async () => {
    const domain = await lettersApp.factory.load({});
    const planned = (attention?: AttentionPattern): PlannedPrompts =>
      planPrompts(
        lettersApp,
        domain,
        decoderWith(8, attention),
        ['call me ishmael', 'eight me'],
        6,
      );
    expect(planned().asked.map(({ prompt }) => prompt.tokens.length)).toEqual([15, 8]);
    expect(planned().cut).toEqual([{ number: 0, tokens: 15, kept: 8 }]);
    expect(planned('transformer-xl').cut).toEqual([]);
  });

  it('names the prompt that leaves no space for the output', async () => {
    await expect(plan(1, 1, ['a', 'ab'])).rejects.toThrow(
      new RangeError(
        'prompt: expected room for the start of the output, got 2 tokens for a context of 1 (prompt 1)',
      ),
    );
  });
});
