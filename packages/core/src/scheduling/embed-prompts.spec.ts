import { createModel, type Model } from '../model/model.js';
import { forward } from '../model/forward.js';
import { embedPrompts } from './embed-prompts.js';

const SHAPE = { vocabSize: 29, contextLength: 40, nLayer: 2, nHead: 2, nEmbd: 12 };
let model: Model;
beforeAll(() => (model = createModel(SHAPE, { seed: 3 })));
afterAll(() => model.dispose());

const promptOf = (length: number, first = 1) => ({
  tokens: Array.from({ length }, (_, i) => (first + 7 * i) % SHAPE.vocabSize),
});
const norm = (vector: Float32Array) => Math.hypot(...vector);

/** Hidden states of one prompt, computed alone: a row for each token. */
function statesOf({ tokens }: { readonly tokens: readonly number[] }): number[][] {
  const batch = { tokens: Int32Array.from(tokens), batchSize: 1 };
  const hidden = forward(model.decoder, model.parameters.tensors(), batch);
  const rows = hidden.arraySync();
  hidden.dispose();
  return rows;
}

function lengthOne(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Whether two vectors are equal up to single precision. */
function expectClose(vector: Float32Array, expected: readonly number[]): void {
  expect(vector.length).toBe(expected.length);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - vector[i])))).toBeLessThan(1e-5);
}

describe('embedPrompts', () => {
  // More tokens than a batch has, of several lengths.
  const prompts = [3, 40, 1, 17, 3, ...Array.from({ length: 30 }, (_, i) => 5 + i)].map(promptOf);

  it('returns the mean hidden state of each prompt, of length 1 and in their order', async () => {
    const vectors = await embedPrompts(model, prompts);
    expect(vectors).toHaveLength(prompts.length);
    prompts.forEach((prompt, i) => {
      const rows = statesOf(prompt);
      const mean = rows[0].map((_, c) => rows.reduce((sum, row) => sum + row[c], 0) / rows.length);
      expectClose(vectors[i], lengthOne(mean));
      expect(norm(vectors[i])).toBeCloseTo(1, 6);
    });
  });

  it('returns the last hidden state of each prompt with the pooling last', async () => {
    const vectors = await embedPrompts(model, prompts, { pooling: 'last' });
    prompts.forEach((prompt, i) => expectClose(vectors[i], lengthOne(statesOf(prompt).at(-1)!)));
  });

  it('keeps the first dimensions, with length 1 again', async () => {
    const [whole] = await embedPrompts(model, [promptOf(9)]);
    const [cut] = await embedPrompts(model, [promptOf(9)], { dimensions: 5 });
    expectClose(cut, lengthOne(Array.from(whole.subarray(0, 5))));
  });

  it('lets each prompt of a model with prefix attention see its prefix both ways', async () => {
    const both = createModel({ ...SHAPE, attention: 'prefix' }, { seed: 3 });
    const of = (prefixLength: number) => embedPrompts(both, [{ ...promptOf(9), prefixLength }]);
    expect(Array.from((await of(9))[0])).not.toEqual(Array.from((await of(0))[0]));
    both.dispose();
  });

  it('ends between two batches when its signal aborts', async () => {
    const stop = new AbortController();
    const work = embedPrompts(
      model,
      Array.from({ length: 200 }, () => promptOf(40)),
      {
        signal: stop.signal,
      },
    );
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(work).rejects.toThrow('enough');
  });

  it.each([
    [
      [promptOf(3), promptOf(41)],
      {},
      'prompts: expected 1 to 40 tokens (contextLength), got 41 in prompt 2',
    ],
    [[promptOf(0)], {}, 'prompts: expected 1 to 40 tokens (contextLength), got 0 in prompt 1'],
    [[{ tokens: [29] }], {}, 'tokens: expected ids from 0 to 28, got 29 at position 0'],
    [
      [promptOf(3)],
      { dimensions: 13 },
      'dimensions: expected an integer of at least 1 and at most 12, got 13',
    ],
    [
      [promptOf(3)],
      { dimensions: 0.5 },
      'dimensions: expected an integer of at least 1 and at most 12, got 0.5',
    ],
    [[promptOf(3)], { pooling: 'max' as 'mean' }, 'pooling: expected mean or last, got "max"'],
  ])('refuses %j with %j', async (given, options, message) => {
    await expect(embedPrompts(model, given, options)).rejects.toThrow(message);
  });

  it('returns nothing for no prompts', async () => {
    expect(await embedPrompts(model, [])).toEqual([]);
  });
});
