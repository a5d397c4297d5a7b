import type { AnyDomain, TokenExample, TokenPrompt } from './domain.js';

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

/** Options of cutting the source of a pair. */
export interface CutOptions {
  /** Number of tokens between the source and the output; default 1. */
  readonly separatorLength?: number;
  /** Returns at most `count` tokens of the source; the first ones by default. */
  readonly keep?: (source: Int32Array, count: number) => Int32Array;
}

/**
 * Shortens the source of a pair so that the pair has at most `room` tokens. The output (in a prompt: its start, if
 * given) is never cut.
 *
 * @param room - Maximum number of tokens of source, separator, output and end together.
 * @returns `undefined` if the output does not fit even with an empty source.
 */
export function cutSource<T extends TokenExample | TokenPrompt>(
  pair: T,
  room: number,
  { separatorLength = 1, keep = (source, count) => source.subarray(0, count) }: CutOptions = {},
): T | undefined {
  const { tokens, outputStart = tokens.length } = pair;
  if (tokens.length <= room) return pair;
  const sourceLength = outputStart - separatorLength;
  const kept = room - (tokens.length - sourceLength);
  if (kept < 0) return undefined;
  const shorter = Array.from(keep(Int32Array.from(tokens).subarray(0, sourceLength), kept));
  const rest = (list: ArrayLike<number>): number[] => Array.from(list).slice(sourceLength);
  const start = shorter.length + separatorLength;
  return {
    ...pair,
    tokens: [...shorter, ...rest(tokens)],
    // All tokens of a source have the same loss weight.
    ...('lossWeights' in pair && {
      lossWeights: [...shorter.map(() => pair.lossWeights[0]), ...rest(pair.lossWeights)],
    }),
    ...(pair.prefixLength !== undefined && { prefixLength: start }),
    outputStart: start,
  };
}

/**
 * A function that returns a part of an example. The example may be longer than the context.
 *
 * @param start - Index of the part's first token.
 * @param max - Maximum number of tokens.
 */
export type Crop = (example: TokenExample, start: number, max: number) => TokenExample;

/**
 * Returns the function that crops a domain's examples for training: the domain's `crop`, if it has one. By
 * default, a crop is the tokens from `start` on. If the grammar restates the tokens before `start`, its tokens
 * come first; they are not predicted.
 */
export function cropOf({ crop, grammar }: Pick<AnyDomain, 'crop' | 'grammar'>): Crop {
  if (crop) return crop;
  return ({ tokens, lossWeights }, start, max) => {
    const restated =
      grammar?.restate && start > 0
        ? Array.from(grammar.restate(Array.from(tokens).slice(0, start))).slice(-max / 2)
        : [];
    const length = Math.min(max, tokens.length - start);
    const own = (list: ArrayLike<number>): number[] =>
      Array.from({ length }, (_, i) => list[start + i]);
    return putBefore(restated, { tokens: own(tokens), lossWeights: own(lossWeights) }, max);
  };
}

/**
 * Prepends ids that are not predicted to an example.
 *
 * @param max - Maximum number of tokens, including the ids. Excess tokens are dropped at the example's end.
 */
export function putBefore(
  ids: readonly number[],
  { tokens, lossWeights }: TokenExample,
  max = Infinity,
): TokenExample {
  const length = Math.min(max - ids.length, tokens.length);
  const own = (list: ArrayLike<number>): number[] => Array.from({ length }, (_, i) => list[i]);
  return {
    tokens: Int32Array.from([...ids, ...own(tokens)]),
    lossWeights: Float32Array.from([...ids.map(() => 0), ...own(lossWeights)]),
  };
}
