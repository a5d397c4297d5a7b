import { readJson } from '../../test/read-fixture.js';
import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { createModel } from '../model/model.js';
import { scoreContinuation, scoreContinuations, scoreExample } from './score-example.js';

const { continuations } = readJson('evaluation/losses.json') as {
  readonly continuations: readonly {
    readonly prompt: number[];
    readonly continuation: number[];
    readonly logProbability: number;
    readonly isGreedy: boolean;
  }[];
}; // its README
const model = tinyGpt2();

describe('scoreContinuation', () => {
  it.each(continuations)(
    'agrees with lm-evaluation-harness: $continuation after $prompt',
    ({ prompt, continuation, logProbability, isGreedy }) => {
      const scored = scoreContinuation(model, { tokens: prompt }, continuation);
      const sum = scored.reduce((total, token) => total + token.logProbability, 0);
      expect(sum).toBeCloseTo(logProbability, 4);
      expect(scored.every(({ isLikeliest }) => isLikeliest)).toBe(isGreedy);
    },
  );

  it('returns the same score of each token as one pass over the whole text', () => {
    const [prompt, continuation] = [
      [3, 1, 4],
      [1, 5, 9],
    ];
    const tokens = [...prompt, ...continuation];
    const whole = scoreExample(model, { tokens, lossWeights: tokens.map(() => 1) });
    const scored = scoreContinuation(model, { tokens: prompt }, continuation);
    expect(scored.map(({ logProbability }) => logProbability)).toBeAllClose(whole.subarray(2), {
      atol: 1e-4,
    });
  });

  it.each([0, 17])('refuses a continuation of %i tokens', (length) => {
    const continuation = Array.from({ length }, () => 1);
    expect(() => scoreContinuation(model, { tokens: [1] }, continuation)).toThrow(
      new RangeError(`continuation: expected 1 to 16 tokens (contextLength), got ${length}`),
    );
  });
});

describe('scoreContinuations', () => {
  const promptOf = (length: number) => ({ tokens: Array.from({ length }, (_, i) => (7 * i) % 11) });
  const choices = [[1, 5, 9, 2], [4], [1, 5], [10, 3, 3, 7, 8, 2]];

  it.each(['causal', 'window', 'compressed', 'transformer-xl'] as const)(
    'gives each continuation the same scores as alone, with %s attention',
    (attention) => {
      const shape = { vocabSize: 11, contextLength: 16, nLayer: 2, nHead: 2, nEmbd: 8 };
      const settings = { window: { window: 4 }, 'transformer-xl': { memory: 4 } } as Partial<
        Record<string, object>
      >;
      const own = createModel({ ...shape, attention, ...settings[attention] }, { seed: 2 });
      for (const length of [1, 9, 14, 30]) {
        const scored = scoreContinuations(own, promptOf(length), choices);
        choices.forEach((choice, i) => {
          const alone = scoreContinuation(own, promptOf(length), choice);
          const of = (tokens: typeof alone) => tokens.map(({ logProbability }) => logProbability);
          expect(of(scored[i])).toBeAllClose(of(alone), { atol: 1e-5 });
        });
      }
      own.dispose();
    },
  );
});
