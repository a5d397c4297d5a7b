import { samplingConfig } from '../../config/sampling-config.js';
import { readJson } from '../../../test/read-fixture.js';
import { logitFilters } from './logit-filters.js';
import { softmax } from './softmax.js';

interface Distribution {
  readonly name: string;
  readonly logits: (number | '-Infinity')[];
  readonly previousIds: number[];
  readonly options: Record<string, unknown> & {
    readonly sequenceBias?: [number[], number][];
    readonly badWords?: number[][];
    readonly suppress?: number[];
    readonly eosIds?: number[];
    readonly promptLength?: number;
    readonly beginSuppress?: number[];
    readonly forcedEos?: number;
  };
  readonly processedLogits: (number | '-Infinity')[];
  readonly probabilities: number[];
}
const cases = ['distributions', 'more-distributions'].flatMap(
  (name) => (readJson(`generation/${name}.json`) as { cases: Distribution[] }).cases, // their README
);

/** Returns the logits after the filters that some settings enable. */
function filter(
  logits: readonly (number | '-Infinity')[],
  {
    sequenceBias,
    badWords,
    suppress,
    beginSuppress,
    forcedEos,
    eosIds,
    promptLength,
    ...settings
  }: Distribution['options'],
  tokens: readonly number[] = [],
): Float64Array {
  const filters = logitFilters(samplingConfig(settings), {
    stopTokens: eosIds,
    suppressedTokens: suppress,
    beginSuppressedTokens: beginSuppress,
    forcedLastToken: forcedEos,
    blockedSequences: badWords,
    logitBias: sequenceBias?.map(([ids, bias]) => ({ tokens: ids, bias })),
  });
  const filtered = Float64Array.from(logits, Number);
  for (const each of filters) each(filtered, { tokens, promptLength: promptLength ?? 4 });
  return filtered;
}

describe('logitFilters', () => {
  it.each(cases.map((each) => [each.name, each] as const))(
    "has the same result as Hugging Face's generate: %s",
    (_, { logits, previousIds, options, processedLogits, probabilities }) => {
      const filtered = filter(logits, options, previousIds);
      const kept = Array.from(filtered, Number.isFinite);
      expect(kept).toEqual(processedLogits.map((logit) => logit !== '-Infinity'));
      const expected = processedLogits.filter((logit) => logit !== '-Infinity');
      expect(filtered.filter(Number.isFinite)).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-5 });
      expect(softmax(filtered)).toBeAllClose(probabilities, { atol: 1e-5 });
    },
  );

  it('keeps all that tie with the k-th', () => {
    expect([...filter([1, 3, 2, 2, 0], { topK: 2 })]).toEqual([-Infinity, 3, 2, 2, -Infinity]);
  });

  it('keeps the most likely token for any limit', () => {
    const alone = [-Infinity, 5, -Infinity];
    expect([...filter([1, 5, 1], { topP: 1e-9 })]).toEqual(alone);
    expect([...filter([1, 5, 1], { epsilonCutoff: 0.999 })]).toEqual(alone);
    expect([...filter([1, 5, 1], { etaCutoff: 0.999 })]).toEqual(alone);
  });

  it('removes all tokens that are not allowed', () => {
    const [allow] = logitFilters(samplingConfig(), { allowedTokens: [2, 0] });
    const logits = Float64Array.of(1, 5, 2);
    allow(logits, { tokens: [], promptLength: 0 });
    expect([...logits]).toEqual([1, -Infinity, 2]);
  });

  it('has no filters for default settings', () => {
    expect(logitFilters(samplingConfig(), { stopTokens: [3] })).toEqual([]);
  });
});

describe('the repetition penalty', () => {
  it.each([
    [-1, [1, -4, 1, 2]], // all
    [2, [1, -2, 1, 2]],
    [1, [2, -2, 1, 2]],
    [0, [2, -2, 2, 2]], // none
    [9, [1, -4, 1, 2]],
  ])('counts the newest tokens, as many as repetitionWindow: %d', (repetitionWindow, expected) => {
    const settings = { repetitionPenalty: 2, repetitionWindow };
    expect(Array.from(filter([2, -2, 2, 2], settings, [1, 1, 0, 2]))).toEqual(expected);
  });
});
