import { nextTurn } from '@ramble/core/sampling';
import {
  attentionWeights,
  cacheGrowth,
  logitLens,
  readBlock,
  scoreTable,
  studyPrompt,
  watchModel,
} from '@ramble/core/study';
import { createExplorer, scoreExample } from '@ramble/core';

import { lettersModel, openModels } from '../../test/letters-model.js';
import type { Rows } from '../contract.js';
import { explorerCalls } from '../explorer-calls.js';
import { attentionMap } from '../pictures/attention-map.js';

const letters = lettersModel();
const mixed = lettersModel({ id: 'mixed', attention: 'causal,local', localBlock: 4 });
const grouped = lettersModel({
  id: 'grouped',
  attention: 'compressed,window',
  compressionFactor: 3,
  window: 5,
});
const wide = lettersModel({ id: 'wide', contextLength: 2000, nEmbd: 4 });
const calls = explorerCalls(openModels(letters, mixed, grouped, wide));
const prompt = { tokens: [2, 0, 11, 11, 26, 12, 4] };
const QUESTION = { model: 'letters', prompt, layer: 1, head: 1 };

/** Six digits of numbers of 32 bits. */
const plain = (rows: readonly Float32Array[]): Rows =>
  rows.map((row) => Array.from(row, (x) => (x === -Infinity ? null : Number(x.toPrecision(6)))));

/** The last event of a study, and the progress events before it. */
async function studied(question: object, signal?: AbortSignal) {
  const blocks: number[] = [];
  for await (const event of calls.streamed.study(question, signal)) {
    if (event.kind === 'study') return { ...event.study, blocks };
    blocks.push(event.blocks);
  }
  throw new Error('study: expected an end, got none');
}

describe('study', () => {
  it('equals studyPrompt without the attention', async () => {
    for (const { id, model, domain } of [letters, mixed]) {
      const answer = await studied({ model: id, prompt });
      const study = studyPrompt(model, prompt, domain.vocabulary, { count: 10 });
      expect(answer.tokens.map(({ word }) => word)).toEqual(study.tokens.map(({ word }) => word));
      expect(answer.steps).toEqual(study.steps);
      expect(answer.lens.map(({ blocks }) => blocks)).toEqual([0, 1, 2]);
      for (const [i, { tokens }] of answer.lens.entries()) {
        expect(tokens).toMatchObject(
          study.lens[i].tokens.map(({ token }, at) => ({ id: token, rank: at + 1 })),
        );
        expect(tokens.map(({ probability }) => probability)).toBeAllClose(
          study.lens[i].tokens.map(({ probability }) => probability),
          { atol: 1e-6 },
        );
      }
      expect(answer.cache).toEqual(
        cacheGrowth(model, prompt).map(({ held, sizeBytes }) => ({
          tokens: held,
          bytes: sizeBytes,
        })),
      );
    }
  });

  it('describes the attention of each layer', async () => {
    const { layers } = await studied({ model: 'mixed', prompt });
    expect(layers).toEqual([
      { kind: 'causal', heads: 2, keyValueHeads: 2 },
      { kind: 'local', heads: 2, keyValueHeads: 2, blockLength: 4 },
    ]);
    const { layers: others } = await studied({ model: 'grouped', prompt });
    expect(others).toEqual([
      { kind: 'compressed', heads: 2, keyValueHeads: 2, groupLength: 3 },
      { kind: 'window', heads: 2, keyValueHeads: 2, windowLength: 5 },
    ]);
  });
});

describe('the reading of a prompt', () => {
  /** Calls about a model, and how many parts of it were computed: embeddings, blocks and logits. */
  function countedCalls() {
    const { model, ...explored } = lettersModel();
    let count = 0;
    const tensors = () => {
      count++;
      return model.parameters.tensors();
    };
    const counted = { ...model, parameters: { ...model.parameters, tensors } };
    const { whole, streamed } = explorerCalls(openModels({ ...explored, model: counted }));
    return { whole, streamed, parts: () => count };
  }

  it('is one pass for the study, and a block for each layer', async () => {
    const { whole, streamed, parts } = countedCalls();
    const kinds = [];
    for await (const { kind } of streamed.study({ model: 'letters', prompt })) kinds.push(kind);
    expect(kinds).toEqual(['progress', 'progress', 'study']);
    expect(parts()).toBe(1 + 2 + 1); // the embeddings, the blocks and the logits
    const heads = [0, 1, undefined];
    await Promise.all(heads.map((head) => whole.attention({ ...QUESTION, head })));
    await whole.scores(QUESTION);
    expect(parts()).toBe(4 + 1);
    await whole.attention({ ...QUESTION, layer: 0 });
    expect(parts()).toBe(5 + 1);
  });

  it('reports each finished block', async () => {
    expect((await studied({ model: 'mixed', prompt: { tokens: [1, 2] } })).blocks).toEqual([1, 2]);
  });

  it('ends if no call waits for it, and restarts with the next call', async () => {
    const { streamed, parts } = countedCalls();
    for await (const event of streamed.study({ model: 'letters', prompt })) {
      if (event.kind === 'progress') break;
    }
    const abort = new AbortController();
    const aborted = streamed.study({ model: 'letters', prompt }, abort.signal);
    const next = aborted[Symbol.asyncIterator]().next();
    abort.abort();
    await expect(next).rejects.toThrow('aborted');
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(parts()).toBeLessThan(4);
    const events = [];
    for await (const { kind } of streamed.study({ model: 'letters', prompt })) events.push(kind);
    expect(events).toEqual(['progress', 'progress', 'study']);
  });
});

describe('attention', () => {
  it('returns the attention of a head, or the mean of a layer', async () => {
    const layers = attentionWeights(letters.model, prompt);
    for (const [layer, heads] of layers.entries()) {
      for (const [head, rows] of heads.entries()) {
        const { weights } = await calls.whole.attention({ ...QUESTION, layer, head });
        expect(weights).toEqual(plain(rows));
      }
      const { weights } = await calls.whole.attention({ ...QUESTION, layer, head: undefined });
      const mean = heads[0].map((row, t) =>
        row.map((_, s) => (heads[0][t][s] + heads[1][t][s]) / 2),
      );
      expect(weights).toEqual(plain(mean));
    }
  });

  it.each([
    [{ layer: 2 }, 'layer: expected an integer from 0 to 1, got 2'],
    [{ head: 2 }, 'head: expected an integer from 0 to 1, got 2'],
    [{ head: 'x' }, 'head: expected an integer of at least 0, got "x"'],
    [
      { prompt: { tokens: new Array<number>(25).fill(1) } },
      'prompt: expected 1 to 24 tokens (contextLength), got 25',
    ],
    [
      { model: 'wide', prompt: { tokens: new Array<number>(1500).fill(1) } },
      'prompt: expected at most 1448 tokens, so that the attention of 2 heads fits, got 1500',
    ],
  ])('refuses %j', async (wrong, message) => {
    await expect(calls.whole.attention({ ...QUESTION, ...wrong })).rejects.toThrow(
      new RangeError(message).message,
    );
  });
});

describe('maps', () => {
  const mapsOf = async (options: object, signal?: AbortSignal) => {
    const events = [];
    for await (const event of calls.streamed.maps({ model: 'letters', prompt, ...options }, signal))
      events.push(event);
    return events;
  };

  it('has a small picture of each head, layer by layer', async () => {
    const options = { isByRow: true, hidesFirst: true };
    const events = await mapsOf({ side: 3, ...options });
    const layers = attentionWeights(letters.model, prompt);
    const expected = layers.map((heads) => heads.map((rows) => attentionMap(rows, 3, options)));
    expect(events.map(({ layer }) => layer)).toEqual([0, 1]);
    expect(events.map(({ heads }) => heads)).toEqual(expected);
    const [[first, second]] = layers;
    const mean = first.map((row, t) => row.map((weight, s) => (weight + second[t][s]) / 2));
    expect(events[0].mean).toEqual(attentionMap(mean, 3, options));
  });

  it('stops between two layers if the question is no longer asked', async () => {
    const abort = new AbortController();
    const events = calls.streamed.maps({ model: 'letters', prompt, side: 3 }, abort.signal);
    const iterator = events[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: { layer: 0 } });
    abort.abort(new Error('gone'));
    await expect(iterator.next()).rejects.toThrow('gone');
  });

  it.each([
    [{ side: 65 }, 'side: expected an integer from 1 to 64, got 65'],
    [{ side: 8, isByRow: 1 }, 'isByRow: expected true or false, got 1'],
    [{ side: 8, prompt: { tokens: [99] } }, 'prompt: expected ids from 0 to 27, got 99'],
  ])('refuses %j', async (wrong, message) => {
    await expect(mapsOf(wrong)).rejects.toThrow(message);
  });
});

describe('lens', () => {
  const lensOf = async (options: object, signal?: AbortSignal) => {
    const events = [];
    for await (const event of calls.streamed.lens({ model: 'mixed', prompt, ...options }, signal))
      events.push(event);
    return events;
  };

  it('has the first token of the logit lens after each token and block', async () => {
    const events = await lensOf({ last: 99 });
    expect(events.map(({ blocks }) => blocks)).toEqual([0, 1, 2]);
    const { model, domain } = mixed;
    for (const t of prompt.tokens.keys()) {
      const start = { tokens: prompt.tokens.slice(0, t + 1) };
      const expected = logitLens(model, start, domain.vocabulary, 1);
      for (const [blocks, { tokens }] of events.entries()) {
        const [{ token, probability, word }] = expected[blocks].tokens;
        expect(tokens[t]).toMatchObject({ id: token, word, rank: 1 });
        expect(tokens[t].probability).toBeCloseTo(probability, 6);
      }
    }
    const ends = await lensOf({ last: 2 });
    expect(ends.map(({ tokens }) => tokens)).toEqual(events.map(({ tokens }) => tokens.slice(-2)));
  });

  it('stops between two blocks if the question is no longer asked', async () => {
    const abort = new AbortController();
    const asked = { model: 'letters', prompt, last: 3 };
    const iterator = calls.streamed.lens(asked, abort.signal)[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: { blocks: 0 } });
    abort.abort(new Error('gone'));
    await expect(iterator.next()).rejects.toThrow('gone');
  });

  it.each([
    [{ last: 0 }, 'last: expected an integer of at least 1, got 0'],
    [{ last: 1, prompt: { tokens: [99] } }, 'prompt: expected ids from 0 to 27, got 99'],
  ])('refuses %j', async (wrong, message) => {
    await expect(lensOf(wrong)).rejects.toThrow(message);
  });
});

describe('scores', () => {
  it('equal the values of scoreTable, with null for masked positions', async () => {
    const answer = await calls.whole.scores(QUESTION);
    const { scores, masked, weights } = scoreTable(letters.model, prompt, { layer: 1, head: 1 });
    expect(answer).toEqual({
      scores: plain(scores),
      masked: plain(masked),
      weights: plain(weights),
    });
    expect(answer.masked[0].slice(1)).toEqual([null, null, null, null, null, null]);
  });

  it('need a head', async () => {
    await expect(calls.whole.scores({ ...QUESTION, head: undefined })).rejects.toThrow(
      'head: expected an integer of at least 0, got nothing',
    );
  });
});

/** Numbers that JSON carries with all digits. */
const exact = (values: Float32Array): number[] =>
  Array.from(values, (x) => Number(x.toPrecision(9)));

describe('block', () => {
  it('has every digit of every vector of a token', async () => {
    for (const { id, model } of [letters, mixed, grouped]) {
      const question = { model: id, prompt, layer: 1, position: 4 };
      const { vectors } = await calls.whole.block(question);
      const expected = readBlock(model, prompt, 1).vectors(4);
      expect(vectors.map(({ step }) => step)).toEqual(expected.map(({ step }) => step));
      for (const [i, { values }] of vectors.entries()) {
        expect(Float32Array.from(values)).toEqual(expected[i].values);
      }
    }
  });

  it('lets other calls be answered while the prompt is read', async () => {
    const order: string[] = [];
    const fresh = { ...prompt, tokens: [9, 8, 7, 6] };
    const block = calls.whole.block({ model: 'letters', prompt: fresh, layer: 1, position: 0 });
    const all = [
      block.then(() => order.push('block')),
      calls.whole.models({}).then(() => order.push('models')),
    ];
    await Promise.all(all);
    expect(order).toEqual(['models', 'block']);
  });

  it.each([
    [{ position: 7 }, 'position: expected an integer from 0 to 6, got 7'],
    [{ position: -1 }, 'position: expected an integer of at least 0, got -1'],
    [{ layer: 2 }, 'layer: expected an integer from 0 to 1, got 2'],
    [{ layer: 0.5 }, 'layer: expected an integer of at least 0, got 0.5'],
    [{ model: 'other' }, /^model: expected one of letters, mixed, grouped, wide, got other$/],
  ])('refuses %j', async (wrong, message) => {
    const question = { model: 'letters', prompt, layer: 1, position: 4 };
    await expect(calls.whole.block({ ...question, ...wrong })).rejects.toThrow(message);
  });
});

describe('head', () => {
  const QUESTION = { model: 'letters', prompt, layer: 1, head: 1, position: 4, count: 64 };

  it('has every key that a token attends to, two hidden ones, and the weighted sum', async () => {
    const { query, keys, rest, seen, hidden, sum } = await calls.whole.head(QUESTION);
    const head = readBlock(letters.model, prompt, 1).head(1, 4);
    expect([query, sum]).toEqual([exact(head.query), exact(head.sum)]);
    expect([seen, hidden, rest.count, rest.weight]).toEqual([5, 2, 0, 0]);
    expect(keys).toEqual(
      Array.from({ length: 7 }, (_, index) => ({
        index,
        key: exact(head.keys[index]),
        score: head.scores[index],
        isHidden: index > 4,
        weight: head.weights[index],
        value: exact(head.values[index]),
      })),
    );
  });

  it('joins the keys with small weights, so that the sum stays the same', async () => {
    const { keys, rest, sum } = await calls.whole.head({ ...QUESTION, count: 2 });
    const { weights } = readBlock(letters.model, prompt, 1).head(1, 4);
    const byWeight = Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a]);
    const visible = keys.filter(({ isHidden }) => !isHidden);
    expect(visible.map(({ index }) => index)).toEqual(byWeight.slice(0, 2).sort((a, b) => a - b));
    expect(rest.count).toBe(3);
    const total = visible.reduce((all, { weight }) => all + weight, rest.weight);
    expect(total).toBeCloseTo(1, 5);
    const joined = rest.sum.map((x, i) =>
      visible.reduce((all, { weight, value }) => all + weight * (value[i] ?? NaN), x),
    );
    expect(Float32Array.from(joined)).toBeAllClose(Float32Array.from(sum), { atol: 1e-5 });
  });

  it('has the first token and the groups of compressed attention as keys', async () => {
    const question = { ...QUESTION, model: 'grouped', layer: 0, position: 6 };
    const { keys, seen, hidden } = await calls.whole.head(question);
    expect([keys.map(({ index }) => index), seen, hidden]).toEqual([[0, 1, 2, 3], 3, 1]); // a group of one token is not complete
  });

  it.each([
    [{ head: 2 }, 'head: expected an integer from 0 to 1, got 2'],
    [{ position: 7 }, 'position: expected an integer from 0 to 6, got 7'],
    [{ count: 0 }, 'count: expected an integer from 1 to 64, got 0'],
    [{ count: 65 }, 'count: expected an integer from 1 to 64, got 65'],
  ])('refuses %j', async (wrong, message) => {
    await expect(calls.whole.head({ ...QUESTION, ...wrong })).rejects.toThrow(message);
  });
});

describe('ends', () => {
  it('has the embedding rows, the output, and the best rows of the output projection', async () => {
    const steps = new Map<string, Float32Array>();
    watchModel(letters.model, prompt, ({ name, value }) => {
      steps.set(name, value.dataSync<'float32'>().slice());
    });
    const rowOf = (name: string) => steps.get(name)?.slice(3 * 12, 4 * 12) ?? new Float32Array();
    const question = { model: 'letters', prompt, position: 3, count: 2 };
    const { embedding, output, rows } = await calls.whole.ends(question);
    expect(embedding.map(({ step }) => step)).toEqual([
      'tokenEmbedding',
      'positionEmbedding',
      'input',
    ]);
    for (const { step, values } of embedding) expect(values).toEqual(exact(rowOf(step)));
    expect(output.map(({ step }) => step)).toEqual(['output', 'finalNorm']);
    expect(Float32Array.from(output[1]?.values ?? [])).toBeAllClose(rowOf('finalNorm'), {
      atol: 1e-4,
    });
    const explorer = createExplorer(letters.model, letters.domain.vocabulary);
    const next = explorer.nextTokens({ tokens: prompt.tokens.slice(0, 4) }, 2);
    expect(rows.map(({ id, rank }) => [id, rank])).toEqual(
      next.map(({ token }, i) => [token, i + 1]),
    );
    const table = letters.model.parameters.read('tokenEmbedding.weight');
    for (const { id, row } of rows) expect(row).toEqual(exact(table.slice(id * 12, (id + 1) * 12)));
  });

  it('has at most the rows that the vocabulary has, and refuses positions after the prompt', async () => {
    const question = { model: 'letters', prompt, position: 0, count: 64 };
    expect((await calls.whole.ends(question)).rows).toHaveLength(28);
    await expect(calls.whole.ends({ ...question, position: 7 })).rejects.toThrow(
      'position: expected an integer from 0 to 6, got 7',
    );
  });
});

describe('sources', () => {
  it('returns the mean attention of each output token to its prompt', async () => {
    const output = [7, 8, 9];
    const { weights } = await calls.whole.sources({ model: 'letters', prompt, output });
    const heads = attentionWeights(letters.model, { tokens: [...prompt.tokens, ...output] }).flat();
    expect(weights.map((row) => row.length)).toEqual([6, 6, 6]);
    for (const [i, row] of weights.entries()) {
      for (const [seen, weight] of row.entries()) {
        const mean = heads.reduce((sum, rows) => sum + rows[6 + i][seen], 0) / heads.length;
        expect(weight).toBeCloseTo(mean, 5);
      }
    }
    const none = await calls.whole.sources({ model: 'letters', prompt, output: [] });
    expect(none).toEqual({ weights: [] });
  });

  it('refuses invalid ids', async () => {
    const question = { model: 'letters', prompt, output: [99] };
    await expect(calls.whole.sources(question)).rejects.toThrow(
      'output: expected ids from 0 to 27, got 99',
    );
  });
});

const long = lettersModel({ id: 'long', contextLength: 300 });
const prefix = lettersModel({ id: 'prefix', attention: 'prefix' });
const textOf = (length: number): number[] => Array.from({ length }, (_, i) => (i * i + 3 * i) % 27);

describe('reading', () => {
  const calls = explorerCalls(openModels(letters, long, prefix));

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
