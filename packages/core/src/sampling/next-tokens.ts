import { advance } from '../model/advance.js';
import { createKvCache } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { softmax } from './filter-logits.js';

export interface NextToken {
  readonly token: number;
  /** Over the whole vocabulary. */
  readonly probability: number;
  readonly logit: number;
}

/**
 * The most likely next tokens, likeliest first.
 *
 * @param tokens - At least one; of more than the context length the end is read.
 * @param count - How many; the vocabulary at most.
 */
export function nextTokens(model: Model, tokens: ArrayLike<number>, count: number): NextToken[] {
  const window = Array.from(tokens).slice(-model.config.contextLength);
  const cache = createKvCache(model.config, 1, window.length);
  const logits = advance(model, cache, [{ sequence: 0, tokens: window }]);
  const probabilities = softmax(logits);
  return Array.from(logits.keys())
    .sort((a, b) => logits[b] - logits[a] || a - b)
    .slice(0, count)
    .map((token) => ({ token, probability: probabilities[token], logit: logits[token] }));
}
