import type { Domain, Random, TokenExample } from '@ramble/core';
import { defineFeature, type Feature, shape, type Statistic } from '@ramble/core/app';

const { fn, partsOf, returned } = shape;

/** Features of apps that judge outputs and data, for `evaluate` and `sample --best-of`. */
export interface EvaluateFeatures<Example, Prompt, Output> {
  /**
   * Computes statistics of outputs, to compare samples with the data.
   *
   * @param data - Outputs of all data, to find copies; `outputs` may be a part of them.
   */
  statistics(outputs: readonly Output[], data?: readonly Output[]): readonly Statistic[];
  /** Returns how good an output is, without a reference; higher is better. */
  outputQuality(output: Output): number;
  /** Counts an example in units other than tokens: `{ character: 12, byte: 14, word: 2 }`. */
  measure(
    example: Example,
    domain: Domain<Example, Prompt, Output>,
  ): Readonly<Record<string, number>>;
  /**
   * Splits an example before its last word, for `evaluate --last-word`. Returns `undefined` for a part of a document
   * that other parts follow.
   *
   * @throws RangeError for fewer than two words.
   */
  splitLastWord(example: Example): { readonly prompt: Prompt; readonly output: Output } | undefined;
  /** Yields the first examples, up to a number of characters, for `evaluate --max-characters`. */
  firstCharacters(examples: AsyncIterable<Example>, count: number): AsyncIterable<Example>;
  /**
   * Returns token sequences that present the same random part of an example with more or less context before it. The
   * loss counts the same tokens in all of them. Empty if the domain has no such variants.
   *
   * @param options - `max` is the maximum number of tokens of a sequence.
   */
  readings(
    example: Example,
    domain: Domain<Example, Prompt, Output>,
    options: { readonly max: number; readonly random: Random },
  ): readonly ContextReading[];
}

/** A part of an example with a certain amount of context. Its loss is a row in the output of `evaluate`. */
export interface ContextReading {
  /** Name of the row. */
  readonly name: string;
  /** Description of the row, for users. */
  readonly meaning: string;
  /** Tokens of the context and the part. The tokens that count in the loss have a loss weight of 1. */
  readonly example: TokenExample;
}

/**
 * Features of any app. Members are declared as methods, so that functions with narrower parameter types are assignable.
 */
type Any = EvaluateFeatures<unknown, unknown, unknown>;

/** Feature that computes statistics of outputs. */
export const statisticsFeature: Feature<Any['statistics']> = defineFeature(
  'statistics',
  fn({
    returns: 'now',
    result: returned(
      'a list of { name, value }, { name, values } or { name, shares }',
      (found) => Array.isArray(found) && found.every(isStatistic),
    ),
  }),
);

/** Feature that estimates the quality of outputs for `sample --best-of`. */
export const outputQualityFeature: Feature<Any['outputQuality']> = defineFeature(
  'outputQuality',
  fn(),
);

/** Feature that counts units other than tokens. */
export const measureFeature: Feature<Any['measure']> = defineFeature(
  'measure',
  fn({ returns: 'now', of: 0 }),
);

/** Feature that splits off an example's last word. */
export const lastWordFeature: Feature<Any['splitLastWord']> = defineFeature('splitLastWord', fn());

/** Feature that limits data to its first characters. */
export const firstCharactersFeature: Feature<Any['firstCharacters']> = defineFeature(
  'firstCharacters',
  fn(),
);

/** Feature that presents the same part of an example with more or less context before it, to compare the losses. */
export const readingsFeature: Feature<Any['readings']> = defineFeature('readings', fn());

function isStatistic(each: unknown): boolean {
  const { name, value, values, shares } = partsOf(each);
  const isNumber = (number: unknown): boolean => typeof number === 'number';
  const areNumbers = (numbers: unknown): boolean =>
    typeof numbers === 'object' && numbers !== null && Object.values(numbers).every(isNumber);
  return typeof name === 'string' && (isNumber(value) || areNumbers(values ?? shares));
}
