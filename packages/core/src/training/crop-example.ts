import type { AnyDomain, TokenExample } from '../domain/domain.js';

/**
 * Takes a part of an example that may be longer than the context.
 *
 * @param start - Index of its first token.
 * @param most - Maximum number of tokens.
 */
export type Crop = (example: TokenExample, start: number, most: number) => TokenExample;

/**
 * How training crops the examples of a domain: in the domain's own way; without one, tokens from a place on,
 * behind those by which its grammar restates what comes before. These are not predicted.
 */
export function cropOf({ crop, grammar }: Pick<AnyDomain, 'crop' | 'grammar'>): Crop {
  if (crop) return crop;
  return ({ tokens, lossWeights }, start, most) => {
    const restated =
      grammar?.restate && start > 0
        ? Array.from(grammar.restate(Array.from(tokens).slice(0, start))).slice(-most / 2)
        : [];
    const length = Math.min(most, tokens.length - start);
    const own = (list: ArrayLike<number>): number[] =>
      Array.from({ length }, (_, i) => list[start + i]);
    return putBefore(restated, { tokens: own(tokens), lossWeights: own(lossWeights) }, most);
  };
}

/**
 * An example behind ids that are not predicted.
 *
 * @param most - Maximum number of tokens with these ids: the last of the example give way.
 */
export function putBefore(
  ids: readonly number[],
  { tokens, lossWeights }: TokenExample,
  most = Infinity,
): TokenExample {
  const length = Math.min(most - ids.length, tokens.length);
  const own = (list: ArrayLike<number>): number[] => Array.from({ length }, (_, i) => list[i]);
  return {
    tokens: Int32Array.from([...ids, ...own(tokens)]),
    lossWeights: Float32Array.from([...ids.map(() => 0), ...own(lossWeights)]),
  };
}
