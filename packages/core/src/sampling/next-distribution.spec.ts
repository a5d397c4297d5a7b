import { samplingConfig, type SamplingConfig } from '../config/sampling-config.js';
import type { Grammar } from '../domain/domain.js';
import { softmax } from './filters/softmax.js';
import { nextDistribution } from './next-distribution.js';
import { samplingRules, type TokenOptions } from './sampling-rules.js';

const LOGITS = Float32Array.of(2, 1, 0, -1);
const PROMPT = { tokens: [1, 3] };

function distributionOf(
  settings: Partial<SamplingConfig>,
  options: TokenOptions = {},
  output: readonly number[] = [],
): number[] {
  const rules = samplingRules(4, samplingConfig(settings), options);
  return Array.from(nextDistribution(rules, LOGITS, PROMPT, output));
}

const rounded = (numbers: ArrayLike<number>): number[] =>
  Array.from(numbers, (each) => Number(each.toFixed(9)));

describe('nextDistribution', () => {
  it('is the softmax of the logits without filters, which it leaves unchanged', () => {
    expect(rounded(distributionOf({}))).toEqual(rounded(softmax(LOGITS)));
    expect(Array.from(LOGITS)).toEqual([2, 1, 0, -1]);
  });

  it('is renormalized after temperature and top-k', () => {
    const [first, second] = [Math.exp(2 / 0.5), Math.exp(1 / 0.5)];
    const expected = [first / (first + second), second / (first + second), 0, 0];
    expect(rounded(distributionOf({ temperature: 0.5, topK: 2 }))).toEqual(rounded(expected));
  });

  it('penalizes the tokens of the prompt and of the output', () => {
    const expected = softmax([2 - 1, 1 - 1, 0, -1 - 1]);
    expect(rounded(distributionOf({ presencePenalty: 1 }, {}, [0]))).toEqual(rounded(expected));
  });

  it('counts only the tokens of the output toward the minimum of new tokens', () => {
    const shares = [[], [2], [2, 2]].map(
      (output) => distributionOf({ minNewTokens: 2 }, { stopTokens: [0] }, output)[0] > 0,
    );
    expect(shares).toEqual([false, false, true]);
  });

  it('follows the grammar through the output', () => {
    const counting: Grammar<number> = {
      start: ({ tokens }) => tokens.length,
      advance: (count) => count + 1,
      allowed: (count) => [count],
      mustEnd: () => false,
    };
    expect(distributionOf({}, { grammar: counting })).toEqual([0, 0, 1, 0]);
    expect(distributionOf({}, { grammar: counting }, [2])).toEqual([0, 0, 0, 1]);
  });

  it.each([{ method: 'greedy' } as const, { temperature: 0 }])(
    'has only the most likely token that is left with %j',
    (settings) => {
      expect(distributionOf(settings)).toEqual([1, 0, 0, 0]);
      expect(distributionOf(settings, { suppressedTokens: [0] })).toEqual([0, 1, 0, 0]);
    },
  );

  it('keeps what beam search scores by: filtered, and not renormalized', () => {
    const model = softmax(LOGITS);
    const expected = [0, model[1], model[2], model[3]];
    const shown = distributionOf({ numBeams: 2 }, { suppressedTokens: [0] });
    expect(rounded(shown)).toEqual(rounded(expected));
  });

  it('is 0 for all tokens if none is left', () => {
    expect(distributionOf({}, { suppressedTokens: [0, 1, 2, 3] })).toEqual([0, 0, 0, 0]);
  });

  it('refuses NaN', () => {
    const rules = samplingRules(1, samplingConfig());
    expect(() => nextDistribution(rules, Float32Array.of(NaN), PROMPT)).toThrow(
      "logits: expected numbers, got NaN; the model's weights are broken",
    );
  });
});
