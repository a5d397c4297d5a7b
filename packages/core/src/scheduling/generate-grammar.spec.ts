import { decidedModel } from '../../test/decided-model.js';
import type { Grammar } from '../domain/domain.js';
import { generate } from './generate.js';
import type { GenerateOptions } from './generation.js';

const V = 13;
const model = decidedModel({ contextLength: 24 });

/** Counts up by one, two or three, from the last token of the prompt. */
const grammar: Grammar<number> = {
  start: ({ tokens }) => tokens[tokens.length - 1],
  advance: (_, id) => id,
  allowed: (last) => [1, 2, 3].map((step) => (last + step) % V),
  mustEnd: () => false,
};

async function outputsOf(options: GenerateOptions): Promise<number[][]> {
  const outputs: number[][] = [];
  const prompts = [{ tokens: [3, 1, 4] }, { tokens: [9, 10, 12, 1, 2, 4, 9, 10, 12] }];
  for await (const event of generate(model, prompts, { maxNewTokens: 14, ...options })) {
    outputs[event.sequence] ??= [];
    if (event.kind === 'token') outputs[event.sequence].push(event.token);
  }
  return outputs;
}

describe('generate, with a grammar,', () => {
  it.each<GenerateOptions>([
    {},
    { temperature: 3 },
    { topK: 1 },
    { topK: 2, temperature: 0.5 },
    { topP: 0.01 },
    { minP: 1 },
    { typicalP: 0.01 },
    { epsilonCutoff: 0.9 },
    { etaCutoff: 0.9 },
    { repetitionPenalty: 5 },
    { frequencyPenalty: 4, presencePenalty: 4 },
    { noRepeatNgramSize: 2 },
    { logitBias: [{ tokens: [0], bias: 50 }] },
    { suppressedTokens: [7] },
    { blockedSequences: [[4, 5]] },
    { minNewTokens: 10, stopTokens: [11] },
    { method: 'greedy' },
    { method: 'greedy', promptLookup: 5, batchSize: 1 },
    { promptLookup: 5, batchSize: 1 },
    { count: 3 },
    { numBeams: 3, nBest: 3 },
    { numBeams: 3, nBest: 3, repetitionPenalty: 2, noRepeatNgramSize: 3 },
    { numBeams: 3, nBest: 3, method: 'random', temperature: 2 },
  ])('generates only allowed tokens: %j', async (options) => {
    const outputs = await outputsOf({ grammar, ...options });
    const each = options.nBest ?? options.count ?? 1;
    expect(outputs).toHaveLength(2 * each);
    for (const [i, output] of outputs.entries()) {
      expect(output.length).toBeGreaterThan(options.stopTokens ? 9 : 13);
      [i < each ? 4 : 12, ...output].reduce((last, token) => {
        expect([1, 2, 3]).toContain((token - last + V) % V);
        return token;
      });
    }
  });

  it("adds its prior to the model's logits", async () => {
    const likeliest = await outputsOf({ grammar, method: 'greedy' });
    const asTheyAre: Grammar<number> = { ...grammar, prior: () => [] };
    expect(await outputsOf({ grammar: asTheyAre, method: 'greedy' })).toEqual(likeliest);
    // Among the allowed tokens, the prior prefers the second one after the last.
    const wanted: Grammar<number> = { ...grammar, prior: (last) => [[(last + 2) % V, 50]] };
    for (const method of ['greedy', 'random'] as const) {
      const [output] = await outputsOf({ grammar: wanted, method });
      [4, ...output].reduce((last, token) => {
        expect(token).toBe((last + 2) % V);
        return token;
      });
    }
  });

  it('draws the replacements of refused tokens', async () => {
    const draw = { method: 'random', count: 20 } as const;
    const plain = await outputsOf({ grammar, ...draw });
    // All refused tokens are replaced by the token after the last.
    const refused = Array.from({ length: V }, (_, i) => i);
    const replacing: Grammar<number> = {
      ...grammar,
      instead: (last) => [
        {
          refused: refused.filter((id) => ![1, 2, 3].includes((id - last + V) % V)),
          by: [(last + 1) % V],
        },
      ],
    };
    const ones = (outputs: number[][]): number =>
      outputs.flatMap((output) => output.filter((id, i) => i > 0 && id === (output[i - 1] + 1) % V))
        .length;
    expect(ones(await outputsOf({ grammar: replacing, ...draw }))).toBeGreaterThan(
      1.5 * ones(plain),
    );
  });

  it('is applied before every filter', async () => {
    const likeliest = await outputsOf({ grammar, method: 'greedy' });
    expect(likeliest).not.toEqual(await outputsOf({ method: 'greedy' }));
    for (const one of [{ topK: 1 }, { topP: 1e-6 }, { minP: 1 }, { epsilonCutoff: 0.999 }]) {
      expect(await outputsOf({ grammar, ...one })).toEqual(likeliest);
    }
  });
});
