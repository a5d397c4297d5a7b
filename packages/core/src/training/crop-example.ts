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
    const length = Math.min(most - restated.length, tokens.length - start);
    const own = <T>(list: ArrayLike<T>): T[] => Array.from({ length }, (_, i) => list[start + i]);
    return {
      tokens: [...restated, ...own(tokens)],
      lossWeights: [...restated.map(() => 0), ...own(lossWeights)],
    };
  };
}
