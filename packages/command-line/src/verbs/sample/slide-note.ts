import { formatCount } from '../../format/format-count.js';

/**
 * What to tell where the window slid: that a prompt was too long, or that the output grew longer than the
 * context.
 *
 * @param kept - Tokens that stay in the context.
 */
export function slideNote(contextLength: number, kept: number): string {
  const context = formatCount(contextLength);
  if (kept === contextLength) {
    return `The prompt is longer than the model's context: only its last ${context} tokens were read.`;
  }
  return (
    `The output grew longer than the model's context of ${context} tokens: from there on the model saw ` +
    `the last ${formatCount(kept)} to ${context} tokens, and no earlier ones (--slide-share).`
  );
}
