import type { TokenPrompt } from '../domain/domain.js';
import { advance } from '../model/advance.js';
import { createKvCache } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { softmax } from './filter-logits.js';
import { promptWindow } from './prompt-window.js';

export interface NextToken {
  readonly token: number;
  /** Over the whole vocabulary. */
  readonly probability: number;
  readonly logit: number;
}

/**
 * The most likely next tokens, likeliest first.
 *
 * @param prompt - At least one token; of a longer one than the context the end is read.
 * @param count - How many; the vocabulary at most.
 * @throws RangeError for an empty prompt, an id that is not in the vocabulary, or a prefix that does
 *   not fit the context.
 */
export function nextTokens(model: Model, prompt: TokenPrompt, count: number): NextToken[] {
  const window = promptWindow(model.config, prompt);
  const cache = createKvCache(model.config, 1, window.tokens.length);
  const logits = advance(model, cache, [{ sequence: 0, ...window }]);
  const probabilities = softmax(logits);
  return Array.from(logits.keys())
    .sort((a, b) => logits[b] - logits[a] || a - b)
    .slice(0, count)
    .map((token) => ({ token, probability: probabilities[token], logit: logits[token] }));
}
