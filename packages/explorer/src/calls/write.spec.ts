import { type Domain, generate, type GenerateOptions, type GenerationEvent } from '@ramble/core';
import { outputRulesFeature } from '@ramble/core/app';

import { answersApp, END, filesApp, lettersDomain } from '../../test/letters-app.js';
import { lettersModel, openModels } from '../../test/letters-model.js';
import type { WriteEvent } from '../contract.js';
import { explorerCalls } from '../explorer-calls.js';

const letters = lettersModel();
const files = lettersModel({ id: 'files', app: filesApp });
const answers = lettersModel({ id: 'answers', app: answersApp });
/** Prompts have a first letter, the only one that the grammar allows, which their tokens lack. */
const hidden: Domain<string, string, string> = {
  ...lettersDomain,
  encodePrompt: (text) => ({ tokens: idsOf(text).slice(1), grammarInput: idsOf(text)[0] }),
};
const hiding = lettersModel({
  id: 'hiding',
  domain: hidden,
  app: {
    ...filesApp,
    showOutput: (text, _, given) => ({ kind: 'text', text: `${String(text)} of ${String(given)}` }),
    features: outputRulesFeature.with({
      settings: {},
      sampling: () => ({ maxNewTokens: 3 }),
      grammar: () => ({
        start: ({ grammarInput }) => Number(grammarInput),
        advance: (letter: number) => letter,
        allowed: (letter: number) => [letter],
        mustEnd: () => false,
      }),
    }),
  },
});
const calls = explorerCalls(openModels(letters, files, answers, hiding));
const idsOf = (text: string): number[] => Array.from(lettersDomain.encodePrompt(text).tokens);
const prompt = { tokens: idsOf('call me') };
const QUESTION = { model: 'letters', prompt, sampling: {}, count: 1, alternatives: 3 };

async function written(question: object, signal?: AbortSignal): Promise<WriteEvent[]> {
  const events: WriteEvent[] = [];
  for await (const event of calls.streamed.write(question, signal)) events.push(event);
  return events;
}
async function generated(options: GenerateOptions, from = prompt): Promise<GenerationEvent[]> {
  const events: GenerationEvent[] = [];
  const stopTokens = [END];
  for await (const event of generate(letters.model, from, { stopTokens, ...options })) {
    events.push(event);
  }
  return events;
}
const tokensOf = (events: readonly WriteEvent[], output: number): number[] =>
  events.flatMap((event) =>
    event.kind === 'token' && event.output === output ? [event.token.id] : [],
  );

describe('prompts that are more than their tokens', () => {
  const source = { file: btoa('xabc'), options: { melody: 'a.mid' } };

  it('come with the given prompt, from which the grammar and the final form read the rest', async () => {
    const { prompt } = await calls.whole.encode({ model: 'hiding', ...source });
    expect(prompt).toEqual({ tokens: idsOf('xabc'), source }); // m, for the melody, is hidden
    const events = await written({ ...QUESTION, model: 'hiding', prompt });
    const output = tokensOf(events, 0);
    expect(output).toEqual(idsOf('mmm'));
    const answer = await calls.whole.artifact({ model: 'hiding', prompt, output });
    expect(answer).toEqual({ kind: 'text', text: 'xabcmmm of mxabc' });
    const { refused } = await calls.whole.next({ model: 'hiding', prompt, count: 3 });
    expect(refused?.count).toBe(27);
  });

  it('refuse a given prompt that cannot be read', () => {
    const wrong = { tokens: [1], source: { file: '*' } };
    expect(() => calls.streamed.write({ ...QUESTION, model: 'hiding', prompt: wrong })).toThrow(
      'file: expected a file in base64, got other text',
    );
  });
});

describe('write', () => {
  it('samples the same as generate with the seed, several outputs at once', async () => {
    const sampling = { seed: 5, temperature: 0.9, topK: 9, maxNewTokens: 40 };
    const events = await written({ ...QUESTION, sampling, count: 3 });
    const expected = await generated({ ...sampling, count: 3 });
    for (const output of [0, 1, 2]) {
      const own = expected.filter(({ sequence }) => sequence === output);
      expect(tokensOf(events, output)).toEqual(
        own.flatMap((event) => (event.kind === 'token' ? [event.token] : [])),
      );
      const kindsOf = events.flatMap((event) =>
        'output' in event && event.output === output ? [event.kind] : [],
      );
      expect(kindsOf).toEqual(own.map(({ kind }) => kind)); // slides too
      expect(kindsOf).toContain('slide');
    }
    const tokenCount = events.filter(({ kind }) => kind === 'token').length;
    const done = events.at(-1)!;
    expect(done).toMatchObject({ kind: 'done', tokens: tokenCount });
    expect(Reflect.get(done, 'seconds')).toBeGreaterThan(0);
  });

  it('returns the probability of each token before temperature and filters, and its alternatives', async () => {
    const sampling = { seed: 2, temperature: 2, topK: 20, maxNewTokens: 12 };
    const events = await written({ ...QUESTION, sampling });
    const before = [...prompt.tokens];
    for (const event of events) {
      if (event.kind !== 'token') continue;
      const { id, probability, rank, entropy, alternatives } = event.token;
      const all = await calls.whole.next({
        model: 'letters',
        prompt: { tokens: before },
        count: 28,
      });
      const own = all.tokens.find((token) => token.id === id)!;
      expect(rank).toBe(own.rank);
      expect(probability).toBeCloseTo(own.probability, 5);
      expect(entropy).toBeCloseTo(all.entropy, 4);
      expect(alternatives.map(({ id }) => id)).toEqual(
        all.tokens.slice(0, 3).map((each) => each.id),
      );
      before.push(id);
    }
    expect(before).toHaveLength(prompt.tokens.length + 12);
  });

  it('writes as its app does: within its grammar, and as long as its settings say', async () => {
    const events = await written({ ...QUESTION, model: 'files', sampling: { seed: 1 } });
    expect(tokensOf(events, 0)).toHaveLength(7);
    expect(Math.max(...tokensOf(events, 0))).toBeLessThanOrEqual(3);
    const only = await written({ ...QUESTION, model: 'files', options: { most: 0 } });
    expect(tokensOf(only, 0)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('returns the beams of each step of a search, then its outputs, the best first', async () => {
    const sampling = { nBest: 2 };
    const events = await written({ ...QUESTION, model: 'answers', sampling });
    const expected = await generated({ numBeams: 3, nBest: 2, maxNewTokens: 5 });
    const ends = events.flatMap((event) => (event.kind === 'end' ? [event] : []));
    const expectedEnds = expected.flatMap((event) => (event.kind === 'end' ? [event] : []));
    expect(ends).toHaveLength(2);
    for (const [output, { reason, score }] of ends.entries()) {
      const own = expected.flatMap((event) =>
        event.kind === 'token' && event.sequence === output ? [event] : [],
      );
      expect(tokensOf(events, output)).toEqual(own.map(({ token }) => token));
      expect({ reason, score }).toEqual({
        reason: expectedEnds[output].reason,
        score: expectedEnds[output].score,
      });
      const tokens = events.flatMap((event) =>
        event.kind === 'token' && event.output === output ? [event.token] : [],
      );
      for (const [i, { probability, alternatives }] of tokens.entries()) {
        expect(Math.log(probability)).toBeCloseTo(own[i].logProbability, 4);
        expect(alternatives).toHaveLength(3);
      }
    }
  });

  it('has the outputs of a search in the tree of its beams', async () => {
    const events = await written({ ...QUESTION, model: 'answers', sampling: { nBest: 3 } });
    const steps = events.flatMap((event) => (event.kind === 'beams' ? [event] : []));
    expect(steps.map(({ step }) => step)).toEqual(steps.map((_, i) => i));
    let paths: number[][] = [[]];
    const all: number[][] = [];
    for (const { beams } of steps) {
      paths = beams.map(({ parent, token }) => [...paths[parent], token.id]);
      all.push(...paths);
      const scores = beams.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
    for (const output of [0, 1, 2]) {
      // The last token of an ended output belongs to no active beam.
      expect(all).toContainEqual(tokensOf(events, output).slice(0, 4));
    }
  });

  it('lets other work have its turn between two tokens, and writes for several at once', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const ask = (seed: number): Promise<WriteEvent[]> =>
      written({ ...QUESTION, sampling: { seed, maxNewTokens: 150 } });
    const together = await Promise.all([ask(1), ask(2), ask(3)]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
    for (const [i, events] of together.entries()) {
      expect(tokensOf(events, 0)).toEqual(tokensOf(await ask(i + 1), 0));
    }
  });

  it('ends with the signal, without a last event, and frees its places', async () => {
    const controller = new AbortController();
    const events: WriteEvent[] = [];
    const question = { ...QUESTION, sampling: { maxNewTokens: 1000000 }, count: 16 };
    for await (const event of calls.streamed.write(question, controller.signal)) {
      events.push(event);
      if (events.length === 20) controller.abort();
    }
    expect(events).toHaveLength(20);
    const ended = new AbortController();
    ended.abort();
    expect(await written(question, ended.signal)).toEqual([]);
    for await (const event of calls.streamed.write(question)) {
      if (event.kind === 'token') break; // as good as a signal
    }
    expect((await written(QUESTION)).at(-1)?.kind).toBe('done');
  });

  it.each([
    [{ sampling: { topk: 3 } }, 'topk: unknown setting. Did you mean topK?'],
    [
      { sampling: { temperature: -1 } },
      'temperature: expected a number of at least 0, got -1; 0 takes the most likely token',
    ],
    [{ sampling: { numBeams: 17 } }, 'numBeams: expected at most 16, got 17'],
    [
      { sampling: { numBeams: 2 }, count: 2 },
      'count: expected 1 with numBeams (2), got 2; nBest returns several',
    ],
    [
      { sampling: { method: 'greedy' }, count: 2 },
      'count: expected 1 with the method greedy, whose outputs would all be the same, got 2',
    ],
    [{ model: 'whale' }, 'model: expected one of letters, files, answers, hiding, got whale'],
    [{ alternatives: -1 }, 'alternatives: expected an integer from 0 to 1000, got -1'],
  ])('refuses %j at once', (wrong, message) => {
    expect(() => calls.streamed.write({ ...QUESTION, ...wrong })).toThrow(message);
  });
});

const abc = { tokens: [0, 1, 2] };

describe('artifact', () => {
  it('is the text of an output that grows', async () => {
    const question = { model: 'letters', prompt: abc, output: [3, 26, 4, END] };
    expect(await calls.whole.artifact(question)).toEqual({ kind: 'text', text: 'd e' });
  });

  it('is a file of a piece from its beginning on', async () => {
    const answer = await calls.whole.artifact({ model: 'files', prompt: abc, output: [3] });
    expect(answer).toEqual({ kind: 'file', extension: 'mid', base64: btoa('MThdabcd') });
  });

  it('is an answer with its forced beginning', async () => {
    const forced = { ...abc, outputStart: 2 };
    const answer = await calls.whole.artifact({ model: 'answers', prompt: forced, output: [3] });
    expect(answer).toEqual({ kind: 'text', text: 'cd' });
  });

  it('refuses invalid ids', async () => {
    const question = { model: 'letters', prompt: abc, output: [28] };
    await expect(calls.whole.artifact(question)).rejects.toThrow(
      'output: expected ids from 0 to 27, got 28',
    );
  });
});

describe('score', () => {
  const question = { model: 'answers', prompt: abc, output: [3, 4], text: 'abc', reference: 'de' };

  it('compares an output with a reference', async () => {
    const same = [{ name: 'same', score: 100, signature: 'exact' }];
    expect(await calls.whole.score(question)).toEqual({ scores: same });
    const { scores } = await calls.whole.score({ ...question, reference: 'dd' });
    expect(scores[0].score).toBe(0);
  });

  it('refuses models whose outputs have no score', async () => {
    await expect(calls.whole.score({ ...question, model: 'letters' })).rejects.toThrow(
      'model: expected one whose outputs can be scored, got letters of the domain letters',
    );
  });
});
