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

  it('computes the probabilities after the filters from the logits of all tokens', async () => {
    const prompt = promptOf('whale');
    const question = { model: 'letters', prompt, count: 5 };
    const sampling = { temperature: 0.5, topK: 3 };
    const { tokens, remaining } = await calls.whole.next({ ...question, sampling });
    const explorer = createExplorer(letters.model, letters.domain.vocabulary);
    const weights = explorer.nextTokens(prompt, 3).map(({ logit }) => Math.exp(2 * logit));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    expect(remaining).toBe(3);
    for (const [i, { filtered }] of tokens.entries()) {
      expect(filtered).toBeCloseTo(i < 3 ? weights[i] / sum : 0, 5);
    }
    const without = await calls.whole.next(question);
    expect(without).not.toHaveProperty('remaining');
    expect(without.tokens[0]).not.toHaveProperty('filtered');
  });

  it('adds the tokens that are likeliest only after the filters, by their rank before', async () => {
    const question = { model: 'files', prompt: promptOf('abc'), count: 2, sampling: {} };
    const { tokens, remaining } = await calls.whole.next(question);
    const all = (await calls.whole.next({ ...question, count: 28 })).tokens;
    const allowed = all.filter(({ id }) => id < 4).slice(0, 2);
    expect(remaining).toBe(4);
    expect(tokens).toEqual([...new Set([...all.slice(0, 2), ...allowed])]);
    expect(tokens.length).toBeGreaterThan(2);
    expect(tokens.filter(({ filtered }) => filtered !== 0)).toEqual(allowed);
  });

  it('penalizes tokens of the output as it does tokens of the prompt', async () => {
    const [first, ...rest] = promptOf('whale').tokens;
    const question = { model: 'letters', count: 28, sampling: { repetitionPenalty: 2 } };
    const asPrompt = await calls.whole.next({ ...question, prompt: promptOf('whale') });
    const asOutput = { ...question, prompt: { tokens: [first] }, output: rest };
    expect(await calls.whole.next(asOutput)).toEqual(asPrompt);
    const without = await calls.whole.next({
      ...question,
      prompt: promptOf('whale'),
      sampling: {},
    });
    expect(without.tokens).not.toEqual(asPrompt.tokens);
  });

  it('reads a text once for all settings', async () => {
    const frozen = lettersModel({ id: 'frozen' });
    const { next } = explorerCalls(openModels(frozen)).whole;
    const question = { model: 'frozen', prompt: promptOf('whale'), count: 3 };
    const before = await next(question);
    const [{ name }] = frozen.model.parameters.specs;
    frozen.model.parameters.write(name, frozen.model.parameters.read(name).fill(NaN));
    const after = await next({ ...question, sampling: { topK: 1 } });
    expect(after.tokens.map(({ id }) => id)).toEqual(before.tokens.map(({ id }) => id));
    expect(after.tokens.map(({ filtered }) => filtered)).toEqual([1, 0, 0]);
    await expect(next({ ...question, output: [1] })).rejects.toThrow('got NaN');
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
    [{ output: [28] }, 'output: expected ids from 0 to 27, got 28'],
    [{ sampling: { topP: 0 } }, 'topP: expected a number above 0 and at most 1, got 0'],
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
    const question = { model: 'letters', prompt: promptOf('not read yet'), count: 1 };
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
