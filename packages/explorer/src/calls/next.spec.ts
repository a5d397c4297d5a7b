import { createExplorer } from '@ramble/core';

import { answersApp, filesApp, lettersDomain } from '../../test/letters-app.js';
import { lettersModel, openModels } from '../../test/letters-model.js';
import { explorerCalls } from '../explorer-calls.js';

const letters = lettersModel();
const files = lettersModel({ id: 'files', app: filesApp });
const calls = explorerCalls(openModels(letters, files, lettersModel({ id: 'a', app: answersApp })));
const promptOf = (text: string): { readonly tokens: number[] } => {
  return { tokens: Array.from(lettersDomain.encodePrompt(text).tokens) };
};

describe('next', () => {
  it.each(['whale', 'w', 'a prompt that is longer than the context'])(
    'returns the tokens of createExplorer: %s',
    async (text) => {
      const prompt = promptOf(text);
      const { tokens } = await calls.whole.next({ model: 'letters', prompt, count: 5 });
      const { model, domain } = letters;
      const expected = createExplorer(model, domain.vocabulary).nextTokens(prompt, 5);
      expect(tokens.map(({ id }) => id)).toEqual(expected.map(({ token }) => token));
      expect(tokens.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
      expect(tokens.map(({ word }) => word)).toEqual(expected.map(({ word }) => word));
      for (const [i, { probability }] of tokens.entries()) {
        expect(probability).toBeCloseTo(expected[i].probability, 5);
      }
      expect(tokens[0].text).toBe(JSON.parse(tokens[0].word));
    },
  );

  it('has the entropy of the whole distribution in bits, and at most all tokens', async () => {
    const prompt = promptOf('whale');
    const { tokens, entropy } = await calls.whole.next({ model: 'letters', prompt, count: 1000 });
    expect(tokens).toHaveLength(28);
    const bits = tokens.map(({ probability }) => -probability * Math.log2(probability));
    expect(entropy).toBeCloseTo(
      bits.reduce((sum, each) => sum + each, 0),
      9,
    );
  });

  it('reuses tokens that it has read, with the same probabilities', async () => {
    const { tokens } = promptOf('moby dick or the');
    for (const length of [3, 12, 13, 7]) {
      const prompt = { tokens: tokens.slice(0, length) };
      const { tokens: told } = await calls.whole.next({ model: 'letters', prompt, count: 3 });
      const fresh = createExplorer(letters.model, letters.domain.vocabulary);
      for (const [i, { token, probability }] of fresh.nextTokens(prompt, 3).entries()) {
        expect(told[i].id).toBe(token);
        expect(told[i].probability).toBeCloseTo(probability, 5);
      }
    }
  });

  it('returns the tokens that the grammar refuses, by its settings', async () => {
    const question = { model: 'files', prompt: promptOf('abc'), count: 2 };
    const all = await calls.whole.next({ ...question, count: 28 });
    for (const [options, allowed] of [[undefined, 4] as const, [{ most: 9 }, 10] as const]) {
      const { refused } = await calls.whole.next({ ...question, options });
      const expected = all.tokens.filter(({ id }) => id >= allowed);
      expect(refused?.count).toBe(28 - allowed);
      expect(refused?.tokens).toMatchObject(
        expected.slice(0, 2).map(({ id, rank }) => ({ id, rank })),
      );
      expect(refused?.probability).toBeCloseTo(
        expected.reduce((sum, { probability }) => sum + probability, 0),
        6,
      );
    }
    const without = await calls.whole.next({ ...question, model: 'letters' });
    expect(without).not.toHaveProperty('refused');
  });

  it.each([
    [{ model: 'dog' }, 'model: expected one of letters, files, a, got dog'],
    [
      { prompt: { tokens: [] } },
      'prompt: expected at least 1 token, got none; begin every sequence with a start token',
    ],
    [{ prompt: { tokens: [99] } }, 'prompt: expected ids from 0 to 27, got 99'],
    [{ prompt: { tokens: [1, 'x'] } }, 'prompt.tokens[1]: expected a token id, got "x"'],
    [{ prompt: { tokens: [1], from: 1 } }, 'prompt.from: expected no such field, got 1'],
    [{ prompt: 7 }, 'prompt: expected a prompt of token ids, got 7'],
    [{ count: 0 }, 'count: expected an integer from 1 to 1000, got 0'],
    [{ count: 1.5 }, 'count: expected an integer from 1 to 1000, got 1.5'],
    [{ count: undefined }, 'count: expected an integer from 1 to 1000, got nothing'],
    [{ options: { most: 2 } }, 'most: unknown setting.'],
    [{ alternatives: 2 }, 'alternatives: expected no such field, got 2'],
  ])('refuses %j', async (wrong, message) => {
    const question = { model: 'letters', prompt: { tokens: [1] }, count: 2, ...wrong };
    await expect(calls.whole.next(question)).rejects.toThrow(message);
  });

  it('refuses malformed questions', async () => {
    await expect(calls.whole.next([1])).rejects.toThrow(
      new TypeError('question: expected a JSON object, got [1]'),
    );
  });

  it('ends with the signal, and answers others', async () => {
    const controller = new AbortController();
    const question = { model: 'letters', prompt: promptOf('whale'), count: 1 };
    const left = calls.whole.next(question, controller.signal);
    const other = calls.whole.next(question);
    controller.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(calls.whole.next(question, controller.signal)).rejects.toThrow('gone');
    expect((await other).tokens).toHaveLength(1);
  });

  it('refuses a model name if no model is open', async () => {
    await expect(
      explorerCalls(openModels()).whole.next({ model: 'b', prompt: { tokens: [1] }, count: 1 }),
    ).rejects.toThrow('model: expected an open model, of which there is none, got b');
  });

  it('fails if the weights are broken', async () => {
    const broken = lettersModel({ id: 'broken' });
    const [{ name }] = broken.model.parameters.specs;
    broken.model.parameters.write(name, broken.model.parameters.read(name).fill(NaN));
    const question = { model: 'broken', prompt: { tokens: [1] }, count: 1 };
    await expect(explorerCalls(openModels(broken)).whole.next(question)).rejects.toThrow(
      "logits: expected numbers, got NaN; the model's weights are broken",
    );
  });

  it('is answered while outputs fill the batch and others wait', async () => {
    const prompt = promptOf('whale');
    const sampling = { maxNewTokens: 2000, stopTokenFactor: 1e-6 };
    const leaves = Array.from({ length: 20 }, () => new AbortController());
    let ended = 0;
    let begun = 0;
    const writers = leaves.map(async ({ signal }, seed) => {
      const question = {
        ...{ model: 'letters', prompt, count: 1, alternatives: 0 },
        sampling: { ...sampling, seed },
      };
      for await (const event of calls.streamed.write(question, signal)) {
        if (event.kind === 'token') begun++;
        if (event.kind === 'done') ended++;
      }
    });
    while (begun < 100) await new Promise(setImmediate);
    const { tokens } = await calls.whole.next({ model: 'letters', prompt, count: 5 });
    expect(tokens).toHaveLength(5);
    expect(ended).toBeLessThan(5); // in a queue it would come after five outputs
    expect(begun).toBeLessThan(400);
    for (const leave of leaves) leave.abort();
    await Promise.all(writers);
  });
});
