import type { ModelConfig } from '../config/model-config.js';
import type { TokenPrompt } from '../domain/domain.js';
import type { TokenBatch } from '../model/forward.js';

/**
 * A prompt as a batch of one, to be looked at as a whole: none of it is cut off.
 *
 * @throws RangeError when it is empty or longer than the context.
 */
export function promptBatch(
  { contextLength }: ModelConfig,
  { tokens, prefixLength }: TokenPrompt,
): TokenBatch {
  const { length } = tokens;
  if (length < 1 || length > contextLength) {
    throw new RangeError(
      `prompt: expected 1 to ${contextLength} tokens (contextLength), got ${length}`,
    );
  }
  return {
    tokens: Int32Array.from(tokens),
    batchSize: 1,
    prefixLengths: Int32Array.of(prefixLength ?? 0),
  };
}
