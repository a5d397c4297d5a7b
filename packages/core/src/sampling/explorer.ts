import type { TokenPrompt, Vocabulary } from '../domain/domain.js';
import { advance } from '../model/advance.js';
import { createKvCache, truncateSlot } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { logSumExp } from './filters/softmax.js';
import { largestTokens } from './draw-token.js';
import { promptWindow } from './prompt-window.js';

/**
 * Finds the most likely next tokens of prompts, given one after another. The common start of a prompt and the prompt
 * before it is not computed again.
 */
export interface Explorer {
  /**
   * Returns the most likely next tokens, sorted by descending probability.
   *
   * @param prompt - At least one token. If it is longer than the context, only its end is read.
   * @param count - Number of tokens, at most the size of the vocabulary.
   * @throws RangeError for an empty prompt, an id that is not in the vocabulary, or a prefix that does not
   *   fit the context.
   */
  nextTokens(prompt: TokenPrompt, count: number): NextToken[];
  /** Number of tokens that the model has read in all calls so far. */
  readonly tokensRead: number;
}

/**
 * Explores the predictions of a model: `createExplorer(model, domain.vocabulary)`, then
 * `nextTokens(domain.encodePrompt('Call me'), 10)`. If a token is appended to the prompt, only that token is
 * read. If the last token is removed, only the new last token is read.
 *
 * @see AllenAI's GPT-2 Explorer, which shows the same
 */
export function createExplorer(model: Model, vocabulary: Pick<Vocabulary, 'describe'>): Explorer {
  const cache = createKvCache(model.decoder, 1);
  let held: TokenPrompt = { tokens: [] }; // the tokens in the cache
  let tokensRead = 0;

  const logitsAfter = (prompt: TokenPrompt): Float32Array => {
    const { prefixLength, ...window } = promptWindow(model.decoder, prompt);
    const tokens = Array.from(window.tokens);
    const kept = truncateSlot(cache, 0, commonLength(held, { tokens, prefixLength }));
    held = { tokens: tokens.slice(0, kept), prefixLength };
    const fresh = kept === 0 ? { tokens, prefixLength } : { tokens: tokens.slice(kept) };
    const logits = advance(model, cache, [{ slot: 0, ...fresh }]);
    held = { tokens, prefixLength };
    tokensRead += fresh.tokens.length;
    return logits;
  };

  return {
    nextTokens: (prompt, count) => likeliestTokens(logitsAfter(prompt), vocabulary, count),
    get tokensRead() {
      return tokensRead;
    },
  };
}

/**
 * Returns the number of tokens of a prompt that need not be read again. The last token is always read again, for
 * its logits. A prefix attends in both directions, so it is reused whole or not at all.
 */
function commonLength(held: TokenPrompt, prompt: TokenPrompt): number {
  const { prefixLength = 0 } = prompt;
  if (prefixLength !== (held.prefixLength ?? 0)) return 0;
  const max = Math.min(held.tokens.length, prompt.tokens.length - 1);
  let common = 0;
  while (common < max && held.tokens[common] === prompt.tokens[common]) common++;
  return common < prefixLength ? 0 : common;
}

/** A candidate for the next token, with its probability. */
export interface NextToken {
  readonly token: number;
  /** Text of the token, with spaces and bytes made visible: `" the"`. */
  readonly word: string;
  /** Probability over the whole vocabulary. */
  readonly probability: number;
  readonly logit: number;
}

/**
 * Finds the tokens with the largest logits, largest first; ties go to the smaller id.
 *
 * @throws RangeError if a logit is NaN.
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
