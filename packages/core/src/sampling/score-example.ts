import { recallOf, type SegmentMemory } from '../attention/segment-memory.js';
import type { TokenExample, TokenPrompt } from '../domain/domain.js';
import { advance } from '../model/advance.js';
import { createKvCache, type KvCache, resetSlot, truncateSlot } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { positionLosses } from '../training/evaluate-loss.js';
import { packExamples } from '../training/example-batches.js';
import { logSumExp } from './filters/softmax.js';
import { promptWindow } from './prompt-window.js';

/**
 * Returns the log-probability of each token of an example after all earlier tokens, in nats.
 *
 * @returns a number for every token except the first, whatever the token's loss weight.
 * @throws RangeError if the example is longer than the context plus one token. A model with segment memory
 *   reads one segment after the other, without a limit.
 */
export function scoreExample(model: Model, example: TokenExample): Float64Array {
  const { contextLength } = model.config;
  if (model.decoder.remembersSegments) return scoreSegments(model, example);
  const lossWeights = Array.from(example.tokens, () => 1);
  const batch = packExamples([{ ...example, lossWeights }], contextLength);
  return Float64Array.from(positionLosses(model, batch), (loss) => -loss);
}

function scoreSegments(model: Model, { tokens }: TokenExample): Float64Array {
  const { contextLength: T } = model.config;
  const ids = Array.from(tokens);
  const scores = new Float64Array(ids.length - 1);
  let memory: SegmentMemory | undefined;
  for (let start = 0; start < scores.length; start += T) {
    const segment = ids.slice(start, start + T + 1);
    const batch = packExamples([{ tokens: segment, lossWeights: segment.map(() => 1) }], T);
    const recall = recallOf(model.config, { ...batch, continues: start > 0 }, memory);
    scores.set(positionLosses(model, batch, recall).map((loss) => -loss), start); // prettier-ignore
    memory = recall?.remembered();
  }
  return scores;
}

/** Score of one given token of a continuation. */
export interface ScoredToken {
  /** Log-probability of the token after all earlier tokens, in nats. */
  readonly logProbability: number;
  /** Whether no other token is more likely, so that greedy sampling would choose it. */
  readonly isLikeliest: boolean;
}

/**
 * Scores each token of a continuation of a prompt. If `isLikeliest` is true for every token, greedy sampling
 * generates exactly this continuation.
 *
 * @param prompt - If it does not fit together with the continuation, only its end is read.
 * @throws RangeError for an empty prompt or continuation, or for a continuation longer than the context.
 * @see Gao et al., lm-evaluation-harness, function `loglikelihood`,
 * https://github.com/EleutherAI/lm-evaluation-harness
 */
export function scoreContinuation(
  model: Model,
  prompt: TokenPrompt,
  continuation: ArrayLike<number>,
): ScoredToken[] {
  return scoreContinuations(model, prompt, [continuation])[0];
}

/**
 * Scores several continuations of a prompt, as `scoreContinuation` does each. The prompt is read once if it fits
 * together with the longest.
 */
export function scoreContinuations(
  model: Model,
  prompt: TokenPrompt,
  continuations: readonly ArrayLike<number>[],
): ScoredToken[][] {
  const max = model.decoder.maxPositions;
  for (const { length } of continuations) {
    if (length >= 1 && length <= max) continue;
    throw new RangeError(
      `continuation: expected 1 to ${max} tokens (contextLength), got ${length}`,
    );
  }
  const longest = Math.max(...continuations.map(({ length }) => length));
  const room = max - (longest - 1); // the last token is only predicted
  if (prompt.tokens.length > room && continuations.length > 1) {
    return continuations.map((each) => scoreContinuation(model, prompt, each));
  }
  const window = promptWindow(model.decoder, prompt, { room });
  const { length } = window.tokens;
  const cache = createKvCache(model.decoder, 1, length + longest - 1);
  let first = advance(model, cache, [{ slot: 0, ...window }]);
  return continuations.map((continuation) => {
    if (truncateSlot(cache, 0, length) < length) {
      resetSlot(cache, 0);
      first = advance(model, cache, [{ slot: 0, ...window }]);
    }
    return scoreNext(model, cache, first, Array.from(continuation));
  });
}

/**
 * Scores tokens that continue the sequence in slot 0 of a cache.
 *
 * @param first - Logits of the first token, `[V]`.
 */
function scoreNext(
  model: Model,
  cache: KvCache,
  first: Float32Array,
  tokens: readonly number[],
): ScoredToken[] {
  const { vocabSize } = model.config;
  const toRead = tokens.slice(0, -1);
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
