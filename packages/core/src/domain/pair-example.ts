import type { TokenExample, TokenPrompt } from './domain.js';

/** A source text and its target text, as token ids. */
export interface TokenPair {
  readonly source: ArrayLike<number>;
  /** Id between the source and the target, which no text can produce. */
  readonly separator: number;
  readonly target: ArrayLike<number>;
  /** Id after the target; a stop token. */
  readonly end: number;
}

/** Loss weights for a pair of texts. */
export interface PairOptions {
  /** Loss weight of the tokens of the source and of the separator, 0 to 1; target tokens have weight 1. */
  readonly sourceLoss: number;
}

/**
 * Returns a pair as one sequence, `source separator target end`. The source and the separator are the prefix,
 * and the output begins after them.
 *
 * @see Liu et al. 2018, section 4.2.3, https://arxiv.org/abs/1801.10198
 */
export function pairExample(
  { source, separator, target, end }: TokenPair,
  { sourceLoss }: PairOptions,
): TokenExample {
  const outputStart = source.length + 1;
  const tokens = new Int32Array(outputStart + target.length + 1);
  tokens.set(source);
  tokens[source.length] = separator;
  tokens.set(target, outputStart);
  tokens[tokens.length - 1] = end;
  const lossWeights = new Float32Array(tokens.length).fill(1);
  lossWeights.fill(sourceLoss, 0, outputStart);
  return { tokens, lossWeights, prefixLength: outputStart, outputStart };
}

/**
 * Returns the beginning of a pair, up to the separator.
 *
 * @param forced - Tokens with which the output begins.
 */
export function pairPrompt(
  { source, separator }: Pick<TokenPair, 'source' | 'separator'>,
  forced: ArrayLike<number> = [],
): TokenPrompt {
  const outputStart = source.length + 1;
  const tokens = new Int32Array(outputStart + forced.length);
  tokens.set(source);
  tokens[source.length] = separator;
  tokens.set(forced, outputStart);
  return { tokens, prefixLength: outputStart, outputStart };
}

/**
 * Cuts the source of a pair at its end, so that the whole output, or its forced start, fits.
 *
 * @param room - Maximum number of tokens of the whole pair.
 * @returns `undefined` if the output does not fit even with an empty source.
 */
export function cutSource<T extends TokenExample | TokenPrompt>(
  pair: T & { readonly outputStart: number },
  room: number,
): T | undefined {
  const surplus = pair.tokens.length - room;
  const kept = pair.outputStart - 1 - Math.max(0, surplus); // of the source
  if (kept < 0) return undefined;
  const cut = (list: ArrayLike<number>): number[] =>
    Array.from(list).filter((_, i) => i < kept || i >= pair.outputStart - 1);
  return {
    ...pair,
    tokens: cut(pair.tokens),
    ...('lossWeights' in pair && { lossWeights: cut(pair.lossWeights) }),
    prefixLength: kept + 1,
    outputStart: kept + 1,
  };
}
