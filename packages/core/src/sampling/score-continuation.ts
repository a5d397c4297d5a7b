import type { TokenPrompt } from '../domain/domain.js';
import { advance } from '../model/advance.js';
import { createKvCache } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { logSumExp } from './filters/softmax.js';
import { promptWindow } from './prompt-window.js';

/** How likely a model finds one given token of a continuation. */
export interface ScoredToken {
  /** Given all that comes before it, in nats. */
  readonly logProbability: number;
  /** Whether no other token is more likely, so that greedy sampling would choose it. */
  readonly isLikeliest: boolean;
}

/**
 * How a model finds each token of what follows a prompt. Where all are likeliest, greedy sampling
 * writes the continuation as it is.
 *
 * @param prompt - If it does not fit together with the continuation, only its end is read.
 * @throws RangeError for an empty prompt or continuation, or one longer than the context.
 * @see Gao et al., lm-evaluation-harness, whose `loglikelihood` this is, https://github.com/EleutherAI/lm-evaluation-harness
 */
export function scoreContinuation(
  model: Model,
  prompt: TokenPrompt,
  continuation: ArrayLike<number>,
): ScoredToken[] {
  const { vocabSize } = model.config;
  const most = model.decoder.maxPositions;
  const { length } = continuation;
  if (length < 1 || length > most) {
    throw new RangeError(
      `continuation: expected 1 to ${most} tokens (contextLength), got ${length}`,
    );
  }
  const tokens = Array.from(continuation);
  const toRead = tokens.slice(0, -1); // the last one is predicted only
  const window = promptWindow(model.decoder, prompt, { room: most - toRead.length });
  const cache = createKvCache(model.decoder, 1, window.tokens.length + toRead.length);
  const first = advance(model, cache, [{ slot: 0, ...window }]);
  const others =
    toRead.length === 0
      ? first
      : advance(model, cache, [{ slot: 0, tokens: toRead }], { logits: 'all' });
  return tokens.map((token, i) => {
    const logits = i === 0 ? first : others.subarray((i - 1) * vocabSize, i * vocabSize); // [V]
    return {
      logProbability: logits[token] - logSumExp(logits),
      isLikeliest: logits.every((logit) => logit <= logits[token]),
    };
  });
}
