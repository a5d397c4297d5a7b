import type { TokenPrompt } from '../domain/domain.js';
import type { AnyApp } from './app.js';

/**
 * The tokens that an output is decoded from: a piece is shown from its beginning on, and an answer with what
 * was forced of it.
 *
 * @param output - The tokens that the model wrote after the prompt.
 */
export function outputTokens(
  { packing }: Pick<AnyApp, 'packing'>,
  { tokens, outputStart = tokens.length }: TokenPrompt,
  output: readonly number[],
): number[] {
  return [...Array.from(tokens).slice(packing === 'pieces' ? 0 : outputStart), ...output];
}
