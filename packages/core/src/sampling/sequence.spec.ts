import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import type { Grammar, TokenPrompt } from '../domain/domain.js';
import { advance } from '../model/advance.js';
import { createKvCache, resetSlot } from '../model/kv-cache.js';
import { samplingConfig } from '../config/sampling-config.js';
import { generate } from '../scheduling/generate.js';
import { samplingRules } from './sampling-rules.js';
import { createSequence, keptOnSlide, type SequenceEvent } from './sequence.js';

const model = tinyGpt2();
const prompt = { tokens: [3, 1, 4] };

/** Keeps the newest token after a 1 if the window has five tokens or more, and announces that by a 2. */
const slide: TokenPrompt['slide'] = (tokens, { length }) =>
  length < 5 ? undefined : { tokens: [1, tokens[tokens.length - 1]], announced: [2] };

/** Counts the tokens of a prompt and its output, and allows the id of their number alone. */
const counting: Grammar<number> = {
  start: ({ tokens }) => tokens.length,
  advance: (count) => count + 1,
  allowed: (count) => [count],
  mustEnd: () => false,
};

/** Reads all events of an output, and the tokens that the model reads. */
function eventsOf(given: TokenPrompt): { events: SequenceEvent[]; read: number[][] } {
  const sequence = createSequence(model.decoder, given, { grammar: counting, maxNewTokens: 6 });
  const [events, read]: [SequenceEvent[], number[][]] = [[], []];
  while (!sequence.hasEnded) {
    const { tokens, restarts } = sequence.pending;
    read.push([...(restarts ? [-1] : []), ...Array.from(tokens)]);
    events.push(...sequence.choose(new Float32Array(31)));
  }
  return { events, read };
}

describe('a prompt that slides its window', () => {
  it('continues an answer from the new window, and adds the announcing tokens to the output', () => {
    const { events, read } = eventsOf({ ...prompt, outputStart: 1, slide });
    const told = events.map((event) => (event.kind === 'token' ? event.token : event.kind));
    expect(told).toEqual([3, 4, 2, 'slide', 6, 7, 8, 'end']);
    expect(events[3]).toEqual({ kind: 'slide', kept: 2 });
    expect(events[2]).toEqual({ kind: 'token', token: 2, logProbability: 0 });
    expect(read).toEqual([[-1, 3, 1, 4], [3], [-1, 1, 4], [6], [7]]);
  });

  it('slides the window of a long prompt before the first token', () => {
    const { events, read } = eventsOf({ tokens: [3, 1, 4, 1, 5, 9], outputStart: 1, slide });
    const told = events.map((event) => (event.kind === 'token' ? event.token : event.kind));
    expect(told).toEqual(['slide', 2, 7, 8, 9, 2, 'slide', 11, 'end']);
    expect(read).toEqual([[-1, 1, 9], [7], [8], [-1, 1, 9]]);
  });

  it('begins each beam with the announcing tokens', async () => {
    const tokens: number[] = [];
    const given = { tokens: [3, 1, 4, 1, 5, 9], outputStart: 1, slide };
    const options = { grammar: counting, numBeams: 2, maxNewTokens: 4, method: 'greedy' } as const;
    for await (const event of generate(model, given, options)) {
      if (event.kind === 'token') tokens.push(event.token);
    }
    expect(tokens).toEqual([2, 7, 8, 9]);
  });
});

describe('createSequence', () => {
  it.each([0, 2])('returns the events of `generate` token by token: output %d', async (number) => {
    const options = { seed: 5, maxNewTokens: 30, topK: 9 };
    const sequence = createSequence(model.decoder, prompt, { ...options, number });
    const cache = createKvCache(model.decoder, 2);
    const events: SequenceEvent[] = [];
    while (!sequence.hasEnded) {
      const { tokens, prefixLength, restarts } = sequence.pending;
      if (restarts) resetSlot(cache, 1);
      const logits = advance(model, cache, [{ slot: 1, tokens, prefixLength }]);
      events.push(...sequence.choose(logits));
    }
    const expected: unknown[] = [];
    for await (const event of generate(model, prompt, { ...options, count: 3 })) {
      if (event.sequence === number) expected.push(event);
    }
    expect(events.map((event) => ({ sequence: number, ...event }))).toEqual(expected);
    expect(sequence.output).toHaveLength(30);
    expect(sequence.tokens).toEqual([...prompt.tokens, ...sequence.output]);
  });

  it.each<[string, object, string]>([
    ['stop token', { stopTokens: [31] }, 'stopTokens: expected ids from 0 to 30, got 31'],
    ['allowed token', { allowedTokens: [-1] }, 'allowedTokens: expected ids from 0 to 30, got -1'],
    [
      'suppressed token',
      { suppressedTokens: [0.5] },
      'suppressedTokens: expected ids from 0 to 30, got 0.5',
    ],
    [
      'blocked run',
      { blockedSequences: [[]] },
      'blockedSequences: expected runs of at least one token, got none',
    ],
    [
      'bias',
      { logitBias: [{ tokens: [1], bias: Infinity }] },
      'logitBias: expected a number or -Infinity, got Infinity',
    ],
    ['setting', { topP: 0 }, 'topP: expected a number above 0 and at most 1, got 0'],
  ])('refuses a wrong %s', (_, options, message) => {
    expect(() => createSequence(model.decoder, prompt, options)).toThrow(new RangeError(message));
  });

  it('accepts checked rules, and refuses further options with them', () => {
    const rules = samplingRules(31, samplingConfig({ method: 'greedy' }), { stopTokens: [4] });
    const logits = Float32Array.from({ length: 31 }, (_, id) => (id === 4 ? 1 : 0));
    const ended = createSequence(model.decoder, prompt, { rules }).choose(logits);
    expect(ended).toMatchObject([{ kind: 'end', reason: 'stop', token: 4 }]);
    expect(() => createSequence(model.decoder, prompt, { rules, topK: 3 })).toThrow(
      new TypeError('topK: expected no option with rules, which are already checked, got one'),
    );
  });

  it.each(['greedy', 'random'] as const)(
    'ends if grammar and filters leave no token, %s',
    (method) => {
      const nothing = [{ kind: 'end', reason: 'nothing' }];
      const grammar = {
        start: () => 0,
        advance: () => 0,
        allowed: () => [],
        mustEnd: () => false,
      };
      const logits = new Float32Array(31);
      const barred = createSequence(model.decoder, prompt, { method, grammar });
      expect(barred.choose(logits)).toEqual(nothing);
      const suppressed = createSequence(model.decoder, prompt, {
        method,
        allowedTokens: [3],
        suppressedTokens: [3],
      });
      expect(suppressed.choose(logits)).toEqual(nothing);
    },
  );
});

describe('keptOnSlide', () => {
  it('drops `slideShare` of the tokens, at least one, and keeps at least one', () => {
    expect([keptOnSlide(64, 0.25), keptOnSlide(3, 0.01), keptOnSlide(1, 0.5)]).toEqual([48, 2, 1]);
  });
});
