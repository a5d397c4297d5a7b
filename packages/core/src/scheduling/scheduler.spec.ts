import { jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';

import type { TokenPrompt } from '../domain/domain.js';
import { CACHE_FORMATS } from '../model/cache-format.js';
import { createModel, type Model } from '../model/model.js';
import { randomAt } from '../random/random.js';
import { drawToken } from '../sampling/draw-token.js';
import { createBeams } from '../sampling/beams.js';
import { generate } from './generate.js';
import { createSequence } from '../sampling/sequence.js';
import type { ScheduledSequence, NextRead } from './scheduled-sequence.js';
import { createScheduler, type Scheduler } from './scheduler.js';

const shape = { vocabSize: 13, contextLength: 24, nLayer: 2, nHead: 3, nEmbd: 12 };

/** Makes a model with confident predictions; a new model hardly prefers any token. */
function decidedModel(given: object = {}): Model {
  const model = createModel({ ...shape, ...given }, { seed: 5 });
  for (const { name } of model.parameters.specs) {
    const values = model.parameters.read(name);
    if (name.endsWith('.weight'))
      model.parameters.write(
        name,
        values.map((value) => 25 * value),
      );
  }
  return model;
}
const model = decidedModel();

interface Written extends ScheduledSequence {
  readonly tokens: number[];
  isDone: boolean;
  error?: unknown;
}

/** A sequence that draws tokens as `generate` does. */
function writer(maxNewTokens: number, { seed = 0, stream = 0 } = {}): Written {
  const written: Written = {
    tokens: [],
    isDone: false,
    choose: (logits) => {
      const step = written.tokens.length;
      const random = randomAt({ seed, purpose: 'sample', step, stream });
      const token = drawToken(logits, random.uniform(0)).token ?? -1;
      written.tokens.push(token);
      written.isDone = written.tokens.length === maxNewTokens;
      return written.isDone ? undefined : token;
    },
    fail: (error) => (written.error = error),
  };
  return written;
}

/** A sequence of `createSequence`, whose window slides. */
function slider(prompt: TokenPrompt, maxNewTokens: number, number: number): Written {
  const sequence = createSequence(model.decoder, prompt, { maxNewTokens, number });
  const written: Written = {
    tokens: [],
    isDone: false,
    choose: (logits) => {
      for (const event of sequence.choose(logits)) {
        if (event.kind === 'token') written.tokens.push(event.token);
      }
      if (sequence.hasEnded) return undefined;
      const { tokens, restarts } = sequence.pending;
      return restarts ? { kind: 'restart', tokens } : tokens[0];
    },
    fail: (error) => (written.error = error),
  };
  return written;
}

const beamSettings = { numBeams: 3, nBest: 2, maxNewTokens: 7, stopTokens: [6] };

/** A beam search, which reports its outputs at the end. */
function searcher(
  prompt: TokenPrompt,
): ScheduledSequence & { outputs: readonly (readonly number[])[] } {
  const beams = createBeams(model.decoder, prompt, { ...beamSettings, stopWhen: () => false });
  const written = {
    outputs: [] as readonly (readonly number[])[],
    width: beamSettings.numBeams,
    choose: (logits: Float32Array): NextRead | undefined => {
      const V = shape.vocabSize;
      const rows = beams.pending.map((_, i) => logits.subarray(i * V, (i + 1) * V));
      beams.choose(rows, false);
      if (!beams.hasEnded) {
        const tokens = beams.pending.map((pending) => pending.tokens[0]);
        return { kind: 'beams', tokens, sources: beams.sources };
      }
      written.outputs = beams.finished.slice(0, 2).map(({ output }) => output);
      return undefined;
    },
    fail: (error: unknown): void => {
      throw error;
    },
  };
  return written;
}

async function alone(
  prompt: TokenPrompt,
  options: { maxNewTokens: number; seed?: number; count?: number },
  from = model,
): Promise<number[][]> {
  const all: number[][] = [];
  for await (const event of generate(from, prompt, options)) {
    if (event.kind === 'token') (all[event.sequence] ??= []).push(event.token);
  }
  return all;
}

function finish(scheduler: Scheduler): number {
  let steps = 1;
  while (scheduler.step()) steps++;
  return steps;
}

const PROMPTS = [[3, 1, 4], [1], [5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9], [2, 7, 1, 8, 2, 8]];

describe('a scheduler', () => {
  it('generates the same for each sequence as alone, for any time of joining', async () => {
    const scheduler = createScheduler(model, { batchSize: 3, promptTokensPerStep: 4 });
    const sequences = PROMPTS.map((_, seed) => writer(5 + 2 * seed, { seed }));
    for (const [i, tokens] of PROMPTS.entries()) {
      scheduler.add({ prompt: { tokens }, sequences: [sequences[i]] });
      scheduler.step();
    }
    expect([scheduler.running, scheduler.waiting]).toEqual([3, 1]);
    finish(scheduler);
    for (const [seed, tokens] of PROMPTS.entries()) {
      const [expected] = await alone({ tokens }, { maxNewTokens: 5 + 2 * seed, seed });
      expect(sequences[seed].tokens).toEqual(expected);
    }
    expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
  });

  it('reads prompts and generates in turns, the first token in the step that ends its prompt', () => {
    const scheduler = createScheduler(model, { batchSize: 3, promptTokensPerStep: 4 });
    const old = writer(20);
    scheduler.add({ prompt: { tokens: [3] }, sequences: [old] });
    scheduler.step();
    const [short, long] = [writer(3), writer(3)];
    scheduler.add({ prompt: { tokens: [1, 2, 3, 4] }, sequences: [short] });
    scheduler.add({ prompt: { tokens: PROMPTS[2] }, sequences: [long] });
    const lengths = Array.from({ length: 7 }, () => {
      scheduler.step();
      return [old, short, long].map(({ tokens }) => tokens.length);
    });
    // Four tokens of prompts are read in a step.
    expect(lengths).toEqual([
      [2, 0, 0],
      [2, 1, 0],
      [3, 2, 0],
      [3, 2, 0],
      [4, 3, 0],
      [4, 3, 0],
      [5, 3, 0],
    ]);
  });

  it('reads a prompt once for the sequences of a request, including late ones', async () => {
    const tokens = PROMPTS[3];
    const expected = await alone({ tokens }, { maxNewTokens: 6, count: 5 });
    const scheduler = createScheduler(model, { batchSize: 3, promptTokensPerStep: 2 });
    const sequences = [0, 1, 2, 3, 4].map((stream) => writer(stream === 1 ? 2 : 6, { stream }));
    scheduler.add({ prompt: { tokens }, sequences });
    // Three steps read the prompt and return the first token, and the fourth returns the second: one sequence
    // leaves, and the next joins.
    for (let step = 0; step < 4; step++) scheduler.step();
    expect(sequences.map((sequence) => sequence.tokens.length)).toEqual([2, 2, 2, 0, 0]);
    scheduler.step();
    expect(sequences.map((sequence) => sequence.tokens.length)).toEqual([3, 2, 3, 2, 0]);
    finish(scheduler);
    expect(sequences.map((sequence) => sequence.tokens)).toEqual(
      expected.map((all, stream) => all.slice(0, stream === 1 ? 2 : 6)),
    );
  });

  it('reads a prompt again if the sequence that read it leaves', async () => {
    const tokens = PROMPTS[3];
    const scheduler = createScheduler(model, { batchSize: 2, promptTokensPerStep: 2 });
    const [first, second] = [writer(4), writer(4, { stream: 1 })];
    const reported: number[] = [];
    const onPromptLogits = (logits: Float32Array): void => void reported.push(logits[0]);
    scheduler.add({ prompt: { tokens }, sequences: [first, second], onPromptLogits });
    scheduler.step();
    scheduler.step();
    scheduler.remove(first);
    finish(scheduler);
    expect(first.tokens).toEqual([]);
    expect(second.tokens).toEqual((await alone({ tokens }, { maxNewTokens: 4, count: 2 }))[1]);
    expect(reported).toHaveLength(tokens.length - 1);
    expect(new Set(reported).size).toBe(tokens.length - 1);
  });

  /** Returns the prompt tokens that the model reads while some requests are served. */
  function promptReads(prompts: readonly number[][], options: object = {}): unknown {
    const own = decidedModel(options);
    const scheduler = createScheduler(own, { batchSize: 3, promptTokensPerStep: 3 });
    const steps: number[] = [];
    const written = prompts.map((tokens, seed) => {
      const sequence = writer(4, { seed });
      scheduler.add({ prompt: { tokens }, sequences: [sequence] });
      steps.push(finish(scheduler));
      return sequence;
    });
    return { steps, tokens: written.map(({ tokens }) => tokens) };
  }

  it('does not read parts again that a prompt has in common with an earlier one', async () => {
    const first = [3, 1, 4, 1, 5, 9, 2, 6];
    const prompts = [first, [...first.slice(0, 7), 8, 8], first.slice(0, 5), [7, ...first]];
    const tokens: number[][] = [];
    for (const [seed, prompt] of prompts.entries()) {
      tokens.push(...(await alone({ tokens: prompt }, { maxNewTokens: 4, seed })));
    }
    // Three steps generate all but the first token. In parts of three, 3, then 1, 1 and 3 tokens are read.
    expect(promptReads(prompts)).toEqual({ steps: [6, 4, 4, 6], tokens });
  });

  it.each(['local', 'compressed', 'transformer-xl'])(
    'shares a prompt if layers overwrite positions: %s',
    async (attention) => {
      const given = { attention, ...(attention === 'local' && { localBlock: 2 }) };
      const long = Array.from({ length: 23 }, (_, i) => (i * i) % 13);
      const prompts = [long, [...long.slice(0, 20), 5], long.slice(0, 9)];
      const tokens: number[][] = [];
      for (const [seed, prompt] of prompts.entries()) {
        const options = { maxNewTokens: 1, seed };
        tokens.push(...(await alone({ tokens: prompt }, options, decidedModel(given))));
      }
      const read = promptReads(prompts, given) as { tokens: number[][] };
      expect(read.tokens.map((all) => all.slice(0, 1))).toEqual(tokens);
    },
  );

  it('copies a prompt to other sequences of the request after a slot has continued much further', async () => {
    const forgetful = decidedModel({ attention: 'compressed', contextLength: 120 });
    const scheduler = createScheduler(forgetful, { batchSize: 2, promptTokensPerStep: 6 });
    const prompt = { tokens: [3, 1, 4, 1, 5, 9, 2] };
    scheduler.add({ prompt, sequences: [writer(90)] });
    finish(scheduler);
    const sequences = [0, 1].map((stream) => writer(9, { stream }));
    scheduler.add({ prompt, sequences });
    finish(scheduler);
    const expected = await alone(prompt, { maxNewTokens: 9, count: 2 }, forgetful);
    expect(sequences.map(({ tokens }) => tokens)).toEqual(expected);
  });

  it('reads common parts of prompts once if the requests come together', async () => {
    const begins = [3, 1, 4, 1, 5, 9];
    const prompts = [2, 6, 5].map((last) => [...begins, last]);
    const scheduler = createScheduler(model, {
      batchSize: 3,
      promptTokensPerStep: 3,
      priority: 'prompts',
    });
    const sequences = prompts.map((_, seed) => writer(2, { seed }));
    for (const [i, tokens] of prompts.entries()) {
      scheduler.add({ prompt: { tokens }, sequences: [sequences[i]] });
    }
    // The first one alone reads two parts, and all three read their ends; then come the second tokens.
    const lengths = Array.from({ length: 4 }, () => {
      scheduler.step();
      return sequences.map(({ tokens }) => tokens.length);
    });
    expect(lengths).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 1],
      [2, 2, 2],
    ]);
    finish(scheduler);
    for (const [seed, tokens] of prompts.entries()) {
      const [expected] = await alone({ tokens }, { maxNewTokens: 2, seed });
      expect(sequences[seed].tokens).toEqual(expected);
    }
  });

  it('reports all logits of a prompt, even if its tokens are in the cache', () => {
    const scheduler = createScheduler(model, { batchSize: 2, promptTokensPerStep: 2 });
    const reported = PROMPTS[3].map((): number[] => []);
    for (const logits of reported) {
      const onPromptLogits = (row: Float32Array): void => void logits.push(row[0]);
      const prompt = { tokens: PROMPTS[3] };
      scheduler.add({ prompt, sequences: [writer(2)], onPromptLogits });
      finish(scheduler);
    }
    expect(reported[0]).toHaveLength(PROMPTS[3].length - 1);
    expect(new Set(reported.map((logits) => logits.join())).size).toBe(1);
  });

  it('verifies draft tokens in one step while only one sequence is active', () => {
    const scheduler = createScheduler(model, { batchSize: 2 });
    const plain = writer(9);
    scheduler.add({ prompt: { tokens: [3] }, sequences: [plain] });
    expect(finish(scheduler)).toBe(9);
    const maxTokens: number[] = [];
    const [drafting, other] = [writer(9), writer(3, { seed: 4 })];
    const sequence: ScheduledSequence = {
      ...drafting,
      // Two correct draft tokens, and a wrong third one.
      draft: (max) => {
        maxTokens.push(max);
        const { length } = drafting.tokens;
        const right = plain.tokens.slice(length, length + 2);
        return [...right, (plain.tokens[length + 2] ?? 0) + 1].slice(0, 8 - length);
      },
    };
    scheduler.add({ prompt: { tokens: [3] }, sequences: [sequence] });
    // The first token comes from the prompt. Then each step returns three: the correct draft tokens and the
    // next one.
    expect(finish(scheduler)).toBe(4);
    expect(drafting.tokens).toEqual(plain.tokens);
    expect(maxTokens).toEqual([22, 19, 16]);
    drafting.tokens.length = 0;
    scheduler.add({ prompt: { tokens: [3] }, sequences: [sequence, other] });
    scheduler.step();
    scheduler.step();
    expect(drafting.tokens).toHaveLength(2);
  });

  it('reads the kept part of a full context again, as generate does', async () => {
    const scheduler = createScheduler(model, { batchSize: 3, promptTokensPerStep: 4 });
    const prompts = [PROMPTS[2], PROMPTS[0], PROMPTS[3]].map((tokens) => ({ tokens }));
    const sequences = prompts.map((prompt, i) => [0, 1].map((n) => slider(prompt, 40 + i, n)));
    for (const [i, prompt] of prompts.entries()) scheduler.add({ prompt, sequences: sequences[i] });
    finish(scheduler);
    for (const [i, prompt] of prompts.entries()) {
      const expected = await alone(prompt, { maxNewTokens: 40 + i, count: 2 });
      expect(sequences[i].map(({ tokens }) => tokens)).toEqual(expected);
      expect(sequences[i].map(({ error }) => error)).toEqual([undefined, undefined]);
    }
    expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
  });

  it('finds the beams of `generate` while other sequences run', async () => {
    const scheduler = createScheduler(model, { batchSize: 7, promptTokensPerStep: 4 });
    const prompts = PROMPTS.map((tokens) => ({ tokens }));
    const searches = prompts.map(searcher);
    const others = PROMPTS.map((_, seed) => writer(9, { seed }));
    for (const [i, prompt] of prompts.entries()) {
      scheduler.add({ prompt, sequences: [searches[i]] });
      scheduler.add({ prompt, sequences: [others[i]] });
      scheduler.step();
    }
    expect([scheduler.running, scheduler.waiting]).toEqual([7, 9]);
    finish(scheduler);
    for (const [i, prompt] of prompts.entries()) {
      expect(searches[i].outputs).toEqual(await alone(prompt, beamSettings));
      const [expected] = await alone(prompt, { maxNewTokens: 9, seed: i });
      expect(others[i].tokens).toEqual(expected);
    }
    expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
  });

  it('refuses more beams than slots', () => {
    const scheduler = createScheduler(model, { batchSize: 2 });
    const prompt = { tokens: [3] };
    expect(() => scheduler.add({ prompt, sequences: [searcher(prompt)] })).toThrow(
      new RangeError('width: expected at most 2 beams (batchSize), got 3'),
    );
    expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
  });

  it('frees the slot of a removed sequence, active or waiting', async () => {
    const scheduler = createScheduler(model, { batchSize: 1 });
    const [a, b, c] = [writer(9), writer(9), writer(3, { seed: 4 })];
    for (const sequence of [a, b, c])
      scheduler.add({ prompt: { tokens: [3] }, sequences: [sequence] });
    scheduler.step();
    scheduler.step();
    scheduler.remove(b);
    expect([scheduler.running, scheduler.waiting]).toEqual([1, 1]);
    scheduler.remove(a);
    scheduler.remove(a);
    expect([scheduler.running, scheduler.waiting]).toEqual([0, 1]);
    expect(finish(scheduler)).toBe(3);
    expect([a, b].map(({ tokens }) => tokens.length)).toEqual([2, 0]);
    expect(c.tokens).toEqual((await alone({ tokens: [3] }, { maxNewTokens: 3, seed: 4 }))[0]);
  });

  it('allows a choice to remove other sequences', () => {
    const scheduler = createScheduler(model, { batchSize: 3 });
    const others = [writer(9), writer(9)];
    const ends = writer(1);
    const choose = (logits: Float32Array): undefined => {
      ends.choose(logits);
      for (const other of others) scheduler.remove(other);
    };
    scheduler.add({ prompt: { tokens: [3] }, sequences: [{ ...ends, choose }, ...others] });
    expect(scheduler.step()).toBe(false);
    expect(others.map(({ tokens }) => tokens)).toEqual([[], []]);
  });

  it('allows the choice of a joining sequence to remove another that would join with it', () => {
    const scheduler = createScheduler(model, { batchSize: 3 });
    const [stays, joins, waits] = [writer(9), writer(9), writer(9)];
    const choose = (logits: Float32Array): NextRead | undefined => {
      scheduler.remove(waits);
      return joins.choose(logits);
    };
    const sequences = [stays, writer(1), writer(1), { ...joins, choose }, waits];
    scheduler.add({ prompt: { tokens: [3] }, sequences });
    scheduler.step();
    expect([scheduler.running, scheduler.waiting]).toEqual([1, 2]);
    scheduler.step();
    expect([scheduler.running, scheduler.waiting]).toEqual([2, 0]);
    expect([joins, waits].map(({ tokens }) => tokens.length)).toEqual([2, 0]);
  });

  it('copies nothing to the slots of beams that a choice removes as they join', async () => {
    const scheduler = createScheduler(model, { batchSize: 5, promptTokensPerStep: 2 });
    const pair = (steps: number): ScheduledSequence => ({
      width: 2,
      choose: () => (steps-- > 0 ? { kind: 'beams', tokens: [1, 2], sources: [0, 0] } : undefined),
      fail: (error) => {
        throw error;
      },
    });
    const [first, removed] = [pair(9), pair(9)];
    const removing: ScheduledSequence = { ...pair(0), width: 1 };
    const choose = (): undefined => {
      scheduler.remove(removed);
    };
    const prompt = { tokens: [3, 1, 4] };
    scheduler.add({ prompt: { tokens: [7] }, sequences: [{ ...pair(4), width: 3 }] });
    scheduler.add({ prompt, sequences: [first, removed, { ...removing, choose }] });
    const written = [{ tokens: [3, 1, 4, 1] }, { tokens: [5, 9, 2, 6] }].map((other) => {
      const sequence = writer(3);
      scheduler.add({ prompt: other, sequences: [sequence] });
      return { other, sequence };
    });
    finish(scheduler);
    for (const { other, sequence } of written) {
      expect([sequence.tokens]).toEqual(await alone(other, { maxNewTokens: 3 }));
    }
  });

  it('frees a slot once if a choice removes its own sequence', async () => {
    const scheduler = createScheduler(model, { batchSize: 2 });
    const choose = (): undefined => {
      scheduler.remove(leaves);
    };
    const leaves: ScheduledSequence = { ...writer(1), choose };
    scheduler.add({ prompt: { tokens: [3] }, sequences: [leaves] });
    scheduler.step();
    const sequences = [0, 1, 2].map((stream) => writer(4, { stream }));
    scheduler.add({ prompt: { tokens: [3] }, sequences });
    scheduler.step();
    expect([scheduler.running, scheduler.waiting]).toEqual([2, 1]);
    finish(scheduler);
    const expected = await alone({ tokens: [3] }, { maxNewTokens: 4, count: 3 });
    expect(sequences.map(({ tokens }) => tokens)).toEqual(expected);
  });

  it('reads a prompt again if a choice removes the sequence that has just read it', async () => {
    const scheduler = createScheduler(model, { batchSize: 3 });
    const [first, second] = [writer(4), writer(4, { stream: 1 })];
    const choose = (): undefined => {
      scheduler.remove(first);
    };
    scheduler.add({ prompt: { tokens: [3] }, sequences: [{ ...writer(1), choose }] });
    scheduler.add({ prompt: { tokens: PROMPTS[3] }, sequences: [first, second] });
    finish(scheduler);
    expect(first.tokens).toEqual([]);
    const expected = await alone({ tokens: PROMPTS[3] }, { maxNewTokens: 4, count: 2 });
    expect(second.tokens).toEqual(expected[1]);
  });

  it('fails only the sequence whose choice throws or that exceeds the context', async () => {
    const scheduler = createScheduler(model, { batchSize: 3 });
    const error = new Error('grammar');
    const broken = writer(9);
    const throws = { ...broken, choose: () => { throw error; } }; // prettier-ignore
    const endless = writer(100);
    const last = writer(24, { seed: 2 });
    for (const sequence of [throws, endless, last]) {
      scheduler.add({ prompt: { tokens: [3] }, sequences: [sequence] });
    }
    finish(scheduler);
    expect(broken.error).toBe(error);
    expect(endless.error).toEqual(
      new RangeError('sequence: expected at most the 24 tokens of the context, got one more'),
    );
    expect(last.tokens).toEqual((await alone({ tokens: [3] }, { maxNewTokens: 24, seed: 2 }))[0]);
  });

  it('fails only the sequence that runs out of memory for keys and values, and frees its slots', () => {
    const deep = decidedModel({ contextLength: 200 });
    const scheduler = createScheduler(deep, { batchSize: 2 });
    const [short, longer] = [writer(9), writer(150)];
    scheduler.add({ prompt: { tokens: [3, 1, 4] }, sequences: [longer] });
    scheduler.add({ prompt: { tokens: [2, 7] }, sequences: [short] });
    // Memory is short for an array of keys with more than 64 rows.
    const memory = jest.spyOn(CACHE_FORMATS.f32, 'array').mockImplementation((length) => {
      if (length === 128 * 12) throw new RangeError('Array buffer allocation failed');
      return new Float32Array(length);
    });
    while (scheduler.step());
    memory.mockRestore();
    expect(longer.tokens).toHaveLength(64 - 3 + 1);
    expect(longer.error).toEqual(
      new Error(
        'cache: expected memory for the keys and values of 65 tokens, got none. Use fewer slots, or shorter prompts',
      ),
    );
    expect(short.isDone).toBe(true);
    const after = writer(150);
    scheduler.add({ prompt: { tokens: [3, 1, 4] }, sequences: [after] });
    while (scheduler.step());
    expect(after.isDone).toBe(true);
    deep.dispose();
  });

  it('fails only the sequences of a prompt whose `onPromptLogits` throws', async () => {
    const scheduler = createScheduler(model, { batchSize: 2 });
    const [other, ...failing] = [0, 1, 2].map(() => writer(3));
    scheduler.add({ prompt: { tokens: [3] }, sequences: [other] });
    const onPromptLogits = (): void => {
      throw new Error('not told');
    };
    scheduler.add({ prompt: { tokens: [1, 2] }, sequences: failing, onPromptLogits });
    finish(scheduler);
    expect(failing.map(({ error }) => error)).toEqual([
      new Error('not told'),
      new Error('not told'),
    ]);
    expect([other.tokens]).toEqual(await alone({ tokens: [3] }, { maxNewTokens: 3 }));
  });

  it('fails all sequences, and serves others after that', async () => {
    const scheduler = createScheduler(model, { batchSize: 2 });
    const sequences = [writer(9), writer(9), writer(9)];
    scheduler.add({ prompt: { tokens: [3] }, sequences });
    scheduler.step();
    const error = new Error('memory');
    scheduler.failAll(error);
    expect(sequences.map((sequence) => sequence.error)).toEqual([error, error, error]);
    expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
    const next = writer(3);
    scheduler.add({ prompt: { tokens: [3] }, sequences: [next] });
    finish(scheduler);
    expect([next.tokens]).toEqual(await alone({ tokens: [3] }, { maxNewTokens: 3 }));
  });

  it('reads a prefix as a whole if its tokens attend in both directions', async () => {
    const prefixed = decidedModel({ attention: 'prefix' });
    const prompt = { tokens: PROMPTS[2], prefixLength: 7 };
    const scheduler = createScheduler(prefixed, { batchSize: 2, promptTokensPerStep: 2 });
    const sequence = writer(4);
    scheduler.add({ prompt, sequences: [sequence] });
    expect(finish(scheduler)).toBe(6); // a prefix of seven, two parts of two, three more tokens
    expect(sequence.tokens).toEqual((await alone(prompt, { maxNewTokens: 4 }, prefixed))[0]);
  });

  it.each(['batchSize', 'promptTokensPerStep'])(
    'refuses options that are not a count: %s',
    (name) => {
      for (const count of [0, -1, 1.5, NaN]) {
        const options = { batchSize: 1, [name]: count };
        expect(() => createScheduler(model, options)).toThrow(
          `${name}: expected an integer of at least 1, got ${count}`,
        );
      }
    },
  );

  it('refuses a prompt that is empty, too long or has unknown ids', () => {
    const scheduler = createScheduler(model, { batchSize: 1 });
    const add = (tokens: number[]) => () => scheduler.add({ prompt: { tokens }, sequences: [] });
    expect(add([])).toThrow(
      new RangeError('tokens: expected sequences of 1 to 24 tokens (contextLength), got 0'),
    );
    expect(add(new Array<number>(25).fill(1))).toThrow(
      new RangeError('tokens: expected sequences of 1 to 24 tokens (contextLength), got 25'),
    );
    expect(add([13])).toThrow(
      new RangeError('tokens: expected ids from 0 to 12, got 13 at position 0'),
    );
  });

  it('disposes of all tensors', () => {
    const scheduler = createScheduler(model, { batchSize: 2 });
    const before = tf.memory().numTensors;
    for (let round = 0; round < 20; round++) {
      scheduler.add({ prompt: { tokens: PROMPTS[round % 4] }, sequences: [writer(5), writer(3)] });
      finish(scheduler);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('an urgent request', () => {
  const [prompt, longPrompt] = [{ tokens: [3, 1, 4] }, { tokens: PROMPTS[2] }];
  const reader = (): Written => writer(1);
  const add = (scheduler: Scheduler, sequences: Written[], isUrgent = false): void =>
    scheduler.add({ prompt, sequences, isUrgent });

  it('is answered between two steps of outputs that fill the batch and wait for it', () => {
    const scheduler = createScheduler(model, { batchSize: 2, urgentSlots: 1 });
    const writers = Array.from({ length: 5 }, (_, stream) => writer(15, { stream }));
    add(scheduler, writers);
    for (let step = 0; step < 3; step++) scheduler.step();
    const [first, second] = [reader(), reader()];
    add(scheduler, [first, second], true);
    for (let step = 0; step < 2; step++) scheduler.step();
    expect([first.isDone, scheduler.running, scheduler.waiting]).toEqual([true, 3, 3]);
    scheduler.step();
    expect([second.isDone, scheduler.running, scheduler.waiting]).toEqual([true, 2, 3]);
    expect(writers.some(({ isDone }) => isDone)).toBe(false);
    finish(scheduler);
    expect(writers.every(({ tokens }) => tokens.length === 15)).toBe(true);
  });

  it('leaves the slots of the batch to other waiting requests, for any number of urgent ones', () => {
    const scheduler = createScheduler(model, { batchSize: 2, urgentSlots: 1 });
    const first = Array.from({ length: 6 }, () => writer(2));
    add(scheduler, first, true);
    scheduler.step();
    expect(scheduler.running).toBe(3); // nobody else waits
    const writers = [0, 1].map((stream) => writer(3, { stream }));
    add(scheduler, writers);
    for (let step = 0; step < 12; step++) {
      add(scheduler, [reader(), reader(), reader()], true);
      scheduler.step();
    }
    expect(first.every(({ isDone }) => isDone)).toBe(true);
    expect(writers.every(({ isDone }) => isDone)).toBe(true);
    finish(scheduler);
  });

  it('waits for slots of the batch, ahead of others, if it needs more than the urgent slots', () => {
    const scheduler = createScheduler(model, { batchSize: 1 });
    const writers = [0, 1].map((stream) => writer(3, { stream }));
    add(scheduler, writers);
    scheduler.step();
    const urgent = reader();
    add(scheduler, [urgent], true);
    while (!urgent.isDone) scheduler.step();
    expect(writers.map(({ isDone }) => isDone)).toEqual([true, false]);
    finish(scheduler);
  });

  it('is read ahead of other prompts', () => {
    const scheduler = createScheduler(model, {
      ...{ batchSize: 2, urgentSlots: 1, promptTokensPerStep: 4 },
    });
    scheduler.add({ prompt: longPrompt, sequences: [writer(2)] });
    scheduler.step();
    const urgent = reader();
    add(scheduler, [urgent], true);
    scheduler.step();
    expect(urgent.isDone).toBe(true);
    finish(scheduler);
  });

  it('leaves all slots of the batch to the others, and their outputs unchanged', async () => {
    const scheduler = createScheduler(model, { batchSize: 2, urgentSlots: 1 });
    const urgent = writer(20);
    add(scheduler, [urgent], true);
    scheduler.step();
    const writers = [0, 1, 2].map((stream) => writer(6, { seed: 7, stream }));
    add(scheduler, writers);
    scheduler.step();
    expect([scheduler.running, scheduler.waiting]).toEqual([3, 1]);
    finish(scheduler);
    expect(writers.map(({ tokens }) => tokens)).toEqual(
      await alone(prompt, { maxNewTokens: 6, seed: 7, count: 3 }),
    );
  });

  it('leaves the batch to others after its context was full', () => {
    const scheduler = createScheduler(model, { batchSize: 1, urgentSlots: 1 });
    const urgent = slider(prompt, 40, 0);
    add(scheduler, [urgent], true);
    while (urgent.tokens.length < 30) scheduler.step();
    add(scheduler, [writer(3)]);
    scheduler.step();
    expect([scheduler.running, scheduler.waiting]).toEqual([2, 0]);
    finish(scheduler);
  });
});
