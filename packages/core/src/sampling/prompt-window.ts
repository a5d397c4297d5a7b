import { mostPositions } from '../config/layer-attention.js';
import type { ModelConfig } from '../config/model-config.js';
import type { TokenPrompt } from '../domain/domain.js';

/**
 * As much of a prompt as a model can read: of a longer one than the context the end, unless the model
 * remembers.
 *
 * @param room - Most tokens to keep; the context unless given.
 * @throws RangeError for an empty prompt, or one with a prefix that does not fit as a whole.
 */
export function promptWindow(
  config: ModelConfig,
  prompt: TokenPrompt,
  room: number = mostPositions(config),
): TokenPrompt {
  const { length } = prompt.tokens;
  if (length === 0) throw new RangeError('prompt: expected at least one token, got none');
  if (length <= room) return prompt;
  if (config.attention === 'prefix') {
    throw new RangeError(`prompt: expected at most ${room} tokens (contextLength), got ${length}`);
  }
  return { tokens: Array.from(prompt.tokens).slice(-room) };
}
