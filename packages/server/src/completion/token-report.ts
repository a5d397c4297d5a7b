import { largestTokens, logSumExp } from '@ramble/core';

import type { DomainModel } from './domain-model.js';

/** A token with its log-probabilities, for clients that ask for them. */
export interface TokenReport {
  readonly token: string;
  /** The log-probability in nats, before temperature and filters; the first token of a prompt has none. */
  readonly logProbability: number | null;
  /** The likeliest tokens in its place, and itself. */
  readonly top: Readonly<Record<string, number>> | null;
  /** Offset of the token's text, in characters of the whole text that is returned. */
  readonly offset: number;
}

/**
 * Reports a token.
 *
 * @param logits - Of its place; none for the first token of a prompt.
 * @param count - How many of the likeliest tokens are told.
 */
export function reportToken(
  served: DomainModel,
  token: number,
  offset: number,
  logits: ArrayLike<number> | undefined,
  count: number,
): TokenReport {
  const report = { token: served.textOf(token), offset };
  if (!logits) return { ...report, logProbability: null, top: null };
  const total = logSumExp(logits);
  const logProbability = logits[token] - total;
  if (count === 0) return { ...report, logProbability, top: null };
  const top = [...largestTokens(logits, count), token].map((id) => {
    return [served.textOf(id), logits[id] - total] as const;
  });
  return { ...report, logProbability, top: Object.fromEntries(top) };
}

/** The length of a text in characters, as Python counts them: a pair of surrogates is one. */
export function countCharacters(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}
