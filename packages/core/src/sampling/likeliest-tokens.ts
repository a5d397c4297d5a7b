import type { Vocabulary } from '../domain/domain.js';
import { logSumExp } from './filters/softmax.js';
import { largestTokens } from './largest-tokens.js';

/** A candidate for the next token, with its probability. */
export interface NextToken {
  readonly token: number;
  /** Text of the token, with spaces and bytes made visible: `" the"`. */
  readonly word: string;
  /** Over the whole vocabulary. */
  readonly probability: number;
  readonly logit: number;
}

/**
 * Finds the tokens with the largest logits, largest first; ties go to the smaller id.
 *
 * @throws RangeError when a logit is NaN.
 */
export function likeliestTokens(
  logits: ArrayLike<number>,
  vocabulary: Pick<Vocabulary, 'describe'>,
  count: number,
): NextToken[] {
  const logSum = logSumExp(logits);
  return largestTokens(logits, count).map((token) => ({
    token,
    word: vocabulary.describe(token),
    probability: Math.exp(logits[token] - logSum),
    logit: logits[token],
  }));
}
