import * as tf from '@tensorflow/tfjs-core';

import { decidedModel } from '../../test/decided-model.js';
import type { Grammar } from '../domain/domain.js';
import { forward, logitsOf } from '../model/forward.js';
import { logSumExp } from '../sampling/filters/softmax.js';
import { generate } from './generate.js';
import type { GenerateOptions, GenerationEvent } from './generation.js';

const prompt = { tokens: [3, 1, 4] };

const model = decidedModel();

async function events(
  options: GenerateOptions,
  from: { tokens: number[]; prefixLength?: number; outputStart?: number } = prompt,
  writer = model,
): Promise<GenerationEvent[]> {
  const all: GenerationEvent[] = [];
  for await (const event of generate(writer, from, options)) all.push(event);
  return all;
}
const tokensOf = (all: GenerationEvent[], sequence = 0): number[] =>
  all.flatMap((event) =>
    event.kind === 'token' && event.sequence === sequence ? [event.token] : [],
  );

/** Returns an event without its numbers. */
const idOf = (event: GenerationEvent): unknown =>
  'token' in event ? [event.sequence, event.kind, event.token] : [event.sequence, event.kind];

const logProbabilityOf = (logits: Float32Array, token: number): number =>
  logits[token] - logSumExp(logits);

/** Returns the logits after the last of some tokens, without a cache. */
function uncached(tokens: number[]): Float32Array {
  return tf.tidy(() => {
    const batch = { tokens: Int32Array.from(tokens), batchSize: 1 };
    const parameters = model.parameters.tensors();
    const logits = logitsOf(model.config, parameters, forward(model.decoder, parameters, batch));
    return logits.dataSync<'float32'>().slice(-model.config.vocabSize);
  });
}

describe('generate', () => {
  it('generates the same tokens for the same seed, and others for another seed', async () => {
    const [a, b, c] = await Promise.all(
      [7, 7, 8].map((seed) => events({ seed, maxNewTokens: 20 })),
    );
    expect(tokensOf(a)).toHaveLength(20);
    expect(b).toEqual(a);
    expect(tokensOf(c)).not.toEqual(tokensOf(a));
  });

  it('draws separate random numbers for each sequence, independent of the others', async () => {
    const three = await events({ count: 3, maxNewTokens: 15 });
    expect(tokensOf(three, 0)).toEqual(tokensOf(await events({ maxNewTokens: 15 })));
    expect(tokensOf(three, 1)).not.toEqual(tokensOf(three, 0));
    expect(tokensOf(three, 2)).not.toEqual(tokensOf(three, 1));
  });

  it.each([1, 3])(
    'ends only the output for which filters leave no token, with %d beams',
    async (numBeams) => {
      const [first, second] = [{ tokens: [3] }, { tokens: [4] }];
      const options = {
        method: 'greedy',
        numBeams,
        maxNewTokens: 3,
        allowedTokens: [5, 6],
      } as const;
      const blockedSequences = [
        [3, 5],
        [3, 6],
      ];
      const both: GenerationEvent[] = [];
      for await (const event of generate(model, [first, second], {
        ...options,
        blockedSequences,
      })) {
        both.push(event);
      }
      expect(both.filter(({ sequence }) => sequence === 0)).toEqual([
        { kind: 'end', sequence: 0, reason: 'nothing' },
      ]);
      expect(tokensOf(both, 1)).toEqual(tokensOf(await events(options, second)));
      expect(tokensOf(both, 1)).toHaveLength(3);
    },
  );

  it.each([1, 3])(
    'allows an answer to repeat its question but not itself, with %d beams',
    async (numBeams) => {
      const options = { method: numBeams > 1 ? 'random' : 'greedy', numBeams } as const;
      const question = Array.from({ length: model.config.vocabSize - 1 }, (_, id) => id);
      const unique = { ...options, maxNewTokens: 1, noRepeatNgramSize: 1 };
      const last = model.config.vocabSize - 1;
      expect(tokensOf(await events(unique, { tokens: question }))).toEqual([last]);
      const answer = { tokens: [3, 1, 4], outputStart: 3 };
      const written = tokensOf(await events({ ...unique, maxNewTokens: 6 }, answer));
      expect(new Set(written).size).toBe(6);
      const free = await events({ ...options, maxNewTokens: 1 }, { tokens: question });
      const answered = await events(unique, { tokens: question, outputStart: question.length });
      expect(tokensOf(answered)).toEqual(tokensOf(free));
      expect(tokensOf(answered)).not.toEqual([last]);
    },
  );

  it("reports the model's probability before filters", async () => {
    const all = await events({
      maxNewTokens: 4,
      temperature: 0.3,
      topK: 3,
      repetitionPenalty: 1.3,
    });
    let seen = prompt.tokens;
    for (const event of all) {
      if (event.kind !== 'token') continue;
      expect(event.logProbability).toBeCloseTo(logProbabilityOf(uncached(seen), event.token), 4);
      seen = [...seen, event.token];
    }
    expect(seen).toHaveLength(7);
  });

  it('slides a full window, and then computes the logits from the window alone', async () => {
    const all = await events({ method: 'greedy', maxNewTokens: 20, slideShare: 0.5 });
    expect(all.filter(({ kind }) => kind === 'slide')).toEqual(
      new Array(3).fill({ kind: 'slide', sequence: 0, kept: 4 }),
    );
    const written = [...prompt.tokens];
    let window = [...prompt.tokens];
    for (const event of all) {
      if (event.kind === 'slide') window = written.slice(-event.kept);
      if (event.kind !== 'token') continue;
      const logits = uncached(window);
      expect(event.token).toBe(logits.indexOf(Math.max(...logits)));
      expect(event.logProbability).toBeCloseTo(logProbabilityOf(logits, event.token), 4);
      written.push(event.token);
      window.push(event.token);
    }
  });

  it('begins each window with the tokens by which the grammar restates earlier ones', async () => {
    const grammar: Grammar<unknown> = {
      start: () => 0,
      advance: () => 0,
      allowed: () => Array.from({ length: 13 }, (_, id) => id),
      mustEnd: () => false,
      restate: (forgotten) => [forgotten.length % 13],
    };
    const long = Array.from({ length: 20 }, (_, i) => (5 * i) % 13);
    const options = { method: 'greedy', maxNewTokens: 9, slideShare: 0.5, grammar } as const;
    const all = await events(options, { tokens: long });
    const written = [...long];
    let window: number[] = [];
    for (const event of all) {
      if (event.kind === 'slide') {
        const forgotten = written.length - (event.kept - 1);
        window = [forgotten % 13, ...written.slice(forgotten)];
      }
      if (event.kind !== 'token') continue;
      const logits = uncached(window);
      expect(event.token).toBe(logits.indexOf(Math.max(...logits)));
      written.push(event.token);
      window.push(event.token);
    }
    expect(all.filter(({ kind }) => kind === 'slide')).toHaveLength(3);
  });

  it('slides without recomputing if positions are movable, alone and in a batch', async () => {
    const movable = decidedModel({ attention: 'relative', positions: 'none' }, 8);
    const options = { maxNewTokens: 40, seed: 4, temperature: 2, slideShare: 0.5 };
    const one = await events(options, prompt, movable);
    expect(one.filter(({ kind }) => kind === 'slide').length).toBeGreaterThan(6);
    const many = await events({ ...options, count: 3 }, prompt, movable);
    expect(tokensOf(many)).toEqual(tokensOf(one));
    const guessed = await events({ ...options, promptLookup: 3 }, prompt, movable);
    expect(tokensOf(guessed)).toEqual(tokensOf(one));
  });

  it('reads the end of a prompt that is longer than the context, and reports a slide', async () => {
    const long = Array.from({ length: 20 }, (_, i) => (5 * i) % 13);
    const [first, second] = await events({ method: 'greedy', maxNewTokens: 1 }, { tokens: long });
    expect(first).toEqual({ kind: 'slide', sequence: 0, kept: 8 });
    const logits = uncached(long.slice(-8));
    expect(second).toMatchObject({ kind: 'token', token: logits.indexOf(Math.max(...logits)) });
  });

  it('ends at a stop token, which is not part of the output', async () => {
    const free = tokensOf(await events({ method: 'greedy', maxNewTokens: 6 }));
    const stopped = await events({ method: 'greedy', maxNewTokens: 6, stopTokens: [free[3]] });
    const end = free.indexOf(free[3]);
    expect(tokensOf(stopped)).toEqual(free.slice(0, end));
    expect(stopped.at(-1)).toMatchObject({ kind: 'end', reason: 'stop', token: free[3] });
  });

  it('ends if `stopWhen` returns true, and at the maximum length', async () => {
    const all = await events({ stopWhen: (_, tokens) => tokens.length === 2 });
    expect(all.at(-1)).toEqual({ kind: 'end', sequence: 0, reason: 'asked' });
    expect(tokensOf(all)).toHaveLength(2);
    const longest = await events({ maxNewTokens: 5 });
    expect(longest.at(-1)).toEqual({ kind: 'end', sequence: 0, reason: 'length' });
  });

  it('ends an answer when the context is full, because the model would forget the question', async () => {
    const all = await events(
      { maxNewTokens: 20 },
      { ...prompt, outputStart: prompt.tokens.length },
    );
    expect(all.at(-1)).toEqual({ kind: 'end', sequence: 0, reason: 'context' });
    expect(all.map(({ kind }) => kind)).not.toContain('slide');
  });

  it('ends the output of a model with a prefix when the context is full', async () => {
    const writer = decidedModel({ attention: 'prefix' });
    const all = await events({ maxNewTokens: 20 }, { ...prompt, prefixLength: 2 }, writer);
    expect(tokensOf(all)).toHaveLength(6); // the last one is never fed
    expect(all.at(-1)).toEqual({ kind: 'end', sequence: 0, reason: 'context' });
    const long = { tokens: new Array<number>(9).fill(1), prefixLength: 9 };
    await expect(events({}, long, writer)).rejects.toThrow(
      new RangeError('prompt: expected at most 8 tokens (contextLength), got 9'),
    );
  });

  it.each([
    [[{ tokens: [1] }, { tokens: [] }], 'prompts[1]: expected at least one token, got none'],
    [
      [{ tokens: [1] }, { tokens: [1, 13] }],
      'prompts[1]: expected ids from 0 to 12, got 13 at position 1',
    ],
    [{ tokens: [0.5] }, 'prompt: expected ids from 0 to 12, got 0.5 at position 0'],
  ])('names the wrong prompt of %j before it generates', async (prompts, message) => {
    for (const numBeams of [1, 2]) {
      const writing = generate(model, prompts, { batchSize: 1, numBeams });
      await expect(writing.next()).rejects.toThrow(new RangeError(message));
    }
  });

  it('refuses an empty prompt and a wrong setting', async () => {
    await expect(events({}, { tokens: [] })).rejects.toThrow(
      new RangeError('prompt: expected at least one token, got none'),
    );
    await expect(events({ temperature: -1 })).rejects.toThrow(
      new RangeError(
        'temperature: expected a number of at least 0, got -1; 0 takes the most likely token',
      ),
    );
  });

  describe.each([
    ['every weight', (values: Float32Array) => values.fill(NaN)],
    ['one row', (values: Float32Array) => values.fill(NaN, 12, 24)],
  ])('of a model with NaN in %s of its embedding', (_, spoil) => {
    const broken = decidedModel();
    const name = 'tokenEmbedding.weight';
    broken.parameters.write(name, spoil(broken.parameters.read(name)));

    it.each<GenerateOptions>([
      {},
      { topK: 3 },
      { method: 'greedy' },
      { numBeams: 2 },
      { numBeams: 2, method: 'random' },
    ])('throws an error with %j', async (options) => {
      await expect(events(options, { tokens: [3] }, broken)).rejects.toThrow(
        new RangeError("logits: expected numbers, got NaN; the model's weights are broken"),
      );
    });
  });

  it('chooses the most likely token at the smallest temperatures, and at 0', async () => {
    const coldest = await events({ temperature: 1e-260 });
    const greedy = await events({ method: 'greedy' });
    expect(tokensOf(coldest)).toEqual(tokensOf(greedy));
    expect(await events({ temperature: 0, seed: 5, topK: 3 })).toEqual(greedy);
  });

  it('refuses several outputs if they would be the same, or if beams determine their number', async () => {
    await expect(events({ method: 'greedy', count: 2 })).rejects.toThrow(
      new RangeError(
        'count: expected 1 with the method greedy, whose outputs would all be the same, got 2',
      ),
    );
    await expect(events({ numBeams: 3, count: 2 })).rejects.toThrow(
      new RangeError('count: expected 1 with numBeams (3), got 2; nBest returns several'),
    );
  });

  it.each<GenerateOptions>([
    { count: 3, topK: 5 },
    { numBeams: 3, nBest: 2 },
    { method: 'greedy', promptLookup: 4 },
  ])('generates the same for prompts read in parts of any size: %j', async (options) => {
    const writer = decidedModel({ contextLength: 40 });
    const prompts = [5, 3].map((n) => {
      return { tokens: Array.from({ length: 30 }, (_, i) => (i * n + (i % 4)) % 13) };
    });
    const inParts = async (promptTokensPerStep?: number): Promise<GenerationEvent[]> => {
      const all: GenerationEvent[] = [];
      const given = { maxNewTokens: 30, seed: 3, promptTokensPerStep, ...options };
      for await (const event of generate(writer, prompts, given)) all.push(event);
      return all.sort((a, b) => a.sequence - b.sequence);
    };
    const whole = await inParts();
    for (const length of [1, 7, 30]) {
      const all = await inParts(length);
      expect(all.map(idOf)).toEqual(whole.map(idOf));
      for (const [i, event] of all.entries()) {
        if (event.kind !== 'token') continue;
        const { logProbability } = whole[i] as typeof event; // of the same kind, as above
        expect(event.logProbability).toBeCloseTo(logProbability, 4);
      }
    }
    await expect(inParts(0)).rejects.toThrow(
      new RangeError('promptTokensPerStep: expected an integer of at least 1, got 0'),
    );
  });

  it('ends a drafted output at the token for which `stopWhen` returns true', async () => {
    const options = { method: 'greedy', promptLookup: 8, maxNewTokens: 60 } as const;
    const writer = decidedModel({ contextLength: 64 });
    const from = { tokens: [3, 1, 4, 5, 3, 1, 4, 5, 3, 1, 4, 5] };
    const bias = [1, 3, 4, 5].map((token, i, all) => {
      return { tokens: [token, all[(i + 1) % 4]], bias: 100 };
    });
    const whole = await events({ ...options, logitBias: bias }, from, writer);
    for (let length = 1; length < 40; length += 3) {
      const stopWhen = (_: number, output: readonly number[]): boolean => output.length === length;
      const cut = await events({ ...options, logitBias: bias, stopWhen }, from, writer);
      expect(tokensOf(cut)).toEqual(tokensOf(whole).slice(0, length));
      expect(cut.at(-1)).toMatchObject({ kind: 'end', reason: 'asked' });
    }
  });

  it('disposes of all tensors over 500 tokens', async () => {
    await events({ maxNewTokens: 1 });
    const before = tf.memory().numTensors;
    await events({ maxNewTokens: 500 });
    expect(tf.memory().numTensors).toBe(before);
  });
});
