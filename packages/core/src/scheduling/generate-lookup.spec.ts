import { decidedModel } from '../../test/decided-model.js';
import { generationGpt2 } from '../../test/generation-gpt2.js';
import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { advance } from '../model/advance.js';
import { createKvCache } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import type { LogitBias } from '../sampling/filters/logit-filters.js';
import { softmax } from '../sampling/filters/softmax.js';
import { generate } from './generate.js';
import type { GenerateOptions, GenerationEvent } from './generation.js';
import type { LookupCounts } from '../sampling/prompt-lookup.js';

const REPEATING = [3, 1, 4, 5].flatMap((_, __, cycle) => [...cycle, ...cycle]);

/** Returns biases with which a text mostly repeats a cycle. */
function roundAndRound(cycle: readonly number[], bias: number): LogitBias[] {
  return cycle.map((token, i) => ({ tokens: [token, cycle[(i + 1) % cycle.length]], bias }));
}

interface Outcome {
  readonly events: GenerationEvent[];
  readonly lookup: LookupCounts;
}

/** Returns the events of `generate` and the counts of draft tokens. */
async function outcomeOf(
  model: Model,
  options: GenerateOptions,
  tokens = REPEATING,
): Promise<Outcome> {
  const events: GenerationEvent[] = [];
  const lookup = { drafted: 0, accepted: 0 };
  for await (const event of generate(model, { tokens }, options)) {
    if (event.kind !== 'end') events.push(event);
    else {
      const { lookup: counts, ...end } = event;
      lookup.drafted += counts?.drafted ?? 0;
      lookup.accepted += counts?.accepted ?? 0;
      events.push(end);
    }
  }
  return { events, lookup };
}

const rounded = (events: readonly GenerationEvent[]): unknown[] =>
  events.map((event) =>
    'logProbability' in event
      ? { ...event, logProbability: Number(event.logProbability.toFixed(3)) }
      : event,
  );

describe('generate, with prompt lookup,', () => {
  const models: [string, Model][] = [
    ['a decided model', decidedModel({ contextLength: 64 })],
    ['one whose window slides', decidedModel()],
    ['the GPT-2 of fixtures/gpt2, sliding', tinyGpt2()],
    ['that of fixtures/generation, sliding', generationGpt2()],
  ];
  const settings = { maxNewTokens: 60, allowedTokens: [1, 3, 4, 5] };

  it.each(models)('generates the same greedily: %s', async (_, model) => {
    const greedy = { ...settings, method: 'greedy' } as const;
    const plain = await outcomeOf(model, greedy);
    for (const max of [1, 8]) {
      const options = { ...greedy, promptLookup: max };
      const { events, lookup } = await outcomeOf(model, options);
      expect(rounded(events)).toEqual(rounded(plain.events));
      expect(lookup.accepted).toBeGreaterThan(2);
    }
  });

  it.each(models)('draws the same with the same seed: %s', async (_, model) => {
    const logitBias = roundAndRound([3, 1, 4, 5], 100);
    const lookups = { drafted: 0, accepted: 0 };
    for (let seed = 0; seed < 5; seed++) {
      const drawn = { ...settings, logitBias, seed, temperature: 30 };
      const plain = await outcomeOf(model, drawn);
      const { events, lookup } = await outcomeOf(model, { ...drawn, promptLookup: 4 });
      expect(rounded(events)).toEqual(rounded(plain.events));
      lookups.drafted += lookup.drafted;
      lookups.accepted += lookup.accepted;
    }
    expect(lookups.accepted).toBeGreaterThan(0);
    expect(lookups.drafted - lookups.accepted).toBeGreaterThan(0);
  });

  it("draws draft tokens and all others with the model's probabilities", async () => {
    const length = 700;
    const model = decidedModel({ vocabSize: 4, contextLength: length + 3, nLayer: 1 }, 4);
    const prompt = [0, 1, 2];
    const logitBias = roundAndRound([0, 1, 2, 3], 3);
    const options = { maxNewTokens: length, promptLookup: 3, seed: 1, logitBias };
    const { events, lookup } = await outcomeOf(model, options, prompt);
    const tokens = events.flatMap((event) => (event.kind === 'token' ? [event.token] : []));
    const probabilities = probabilitiesAfter(model, prompt, tokens, 3);
    // Sums how much more often the next token equals the draft token than it should.
    let [hits, expected, variance] = [0, 0, 0];
    for (const [i, token] of tokens.entries()) {
      const guess = ((tokens[i - 1] ?? 2) + 1) % 4; // the next token of the cycle
      const probability = probabilities[i][guess];
      hits += token === guess ? 1 : 0;
      expected += probability;
      variance += probability * (1 - probability);
    }
    expect(Math.abs(hits - expected)).toBeLessThan(3 * Math.sqrt(variance));
    // The sum would be far off if all draft tokens had been accepted.
    expect(lookup.drafted - lookup.accepted).toBeGreaterThan(6 * Math.sqrt(variance));
    expect(lookup.accepted).toBeGreaterThan(6 * Math.sqrt(variance));
    // The tokens' places in their distributions should be uniform over ten bins: chi-square exceeds 27.9 once
    // in a thousand.
    const places = tokens.map((token, i) => {
      const below = probabilities[i].slice(0, token).reduce((sum, each) => sum + each, 0);
      return below + probabilities[i][token] * ((i * 0.618) % 1);
    });
    expect(unevenness(places)).toBeLessThan(27.9);
    expect(unevenness(places.map((place) => place ** 1.4))).toBeGreaterThan(27.9);
  });

  it('ends at the same token as without drafts: at stop tokens, stop texts, the longest length', async () => {
    const model = decidedModel({ contextLength: 64 });
    const greedy = {
      method: 'greedy',
      maxNewTokens: 14,
      logitBias: roundAndRound([3, 1, 4, 5], 99),
    } as const;
    const { events } = await outcomeOf(model, greedy);
    const written = events.flatMap((event) => (event.kind === 'token' ? [event.token] : []));
    let accepted = 0;
    for (let length = 1; length <= 14; length++) {
      for (const end of [
        { maxNewTokens: length },
        { stopWhen: (_: number, output: readonly number[]) => output.length === length },
        { stopTokens: [written[length - 1]] },
      ]) {
        const plain = await outcomeOf(model, { ...greedy, ...end });
        const fast = await outcomeOf(model, { ...greedy, ...end, promptLookup: 8 });
        expect(rounded(fast.events)).toEqual(rounded(plain.events));
        accepted += fast.lookup.accepted;
      }
    }
    expect(accepted).toBeGreaterThan(20);
  });

  it('calls `stopWhen` once for every token up to the end, and not after it', async () => {
    const model = decidedModel({ contextLength: 64 });
    const lengths: number[] = [];
    const stopWhen = (_: number, output: readonly number[]): boolean => {
      lengths.push(output.length);
      return output.length === 21;
    };
    const { events } = await outcomeOf(model, { method: 'greedy', promptLookup: 8, stopWhen });
    expect(lengths).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    expect(events.filter(({ kind }) => kind === 'token')).toHaveLength(21);
    expect(events.at(-1)).toEqual({ kind: 'end', sequence: 0, reason: 'asked' });
  });

  it('drafts nothing while several outputs share a batch, and generates the same', async () => {
    const model = decidedModel({ contextLength: 64 });
    const three = { count: 3, maxNewTokens: 30 };
    const plain = await outcomeOf(model, three);
    const { events, lookup } = await outcomeOf(model, { ...three, promptLookup: 8 });
    expect(rounded(events)).toEqual(rounded(plain.events));
    expect(lookup.drafted).toBe(0);
  });
});

/** Returns the distribution of each token of an output, read at once, with a bias for the next token of the cycle. */
function probabilitiesAfter(
  model: Model,
  prompt: readonly number[],
  output: readonly number[],
  bias: number,
): Float64Array[] {
  const cache = createKvCache(model.decoder, 1);
  const tokens = [...prompt, ...output];
  const all = advance(model, cache, [{ slot: 0, tokens }], { logits: 'all' });
  const V = model.config.vocabSize;
  return output.map((_, i) => {
    const last = prompt.length + i - 1;
    const logits = Float64Array.from(all.subarray(last * V, (last + 1) * V));
    logits[(tokens[last] + 1) % V] += bias;
    return softmax(logits);
  });
}

/** Returns chi-square of numbers from 0 to 1 in ten bins. */
function unevenness(places: readonly number[]): number {
  const counts = Array.from({ length: 10 }, () => 0);
  for (const place of places) counts[Math.min(9, Math.floor(10 * place))]++;
  const mean = places.length / 10;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}
