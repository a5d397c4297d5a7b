import { formatCount } from '../../format/format-count.js';

/**
 * What to tell of a slide: that a prompt was too long, or that the context was full and what going
 * on costs.
 *
 * @param kept - Tokens that stay in the context.
 */
export function slideNote(contextLength: number, kept: number): string {
  const context = formatCount(contextLength);
  if (kept === contextLength) {
    return `The prompt is longer than the context: of it the last ${context} tokens are read.`;
  }
  // A slide makes room for `contextLength - kept` tokens; the one after them causes the next.
  const hop = contextLength - kept + 1;
  const extra = ((kept - 1) / hop).toFixed(1);
  return (
    `The context of ${context} tokens was full: from there on the last ${formatCount(kept)} were ` +
    `read anew every ${formatCount(hop)} tokens, ${extra} for each one written (--slide-share).`
  );
}
