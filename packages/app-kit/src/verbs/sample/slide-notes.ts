import type { Output } from '../../cli/output.js';
import { formatCount } from '../../format/format-count.js';

/**
 * Tells once that a prompt is too long, and once that the context is full and what going on costs.
 *
 * @returns what is called at each slide, with the number of tokens that stay.
 */
export function slideNotes(
  contextLength: number,
  output: Pick<Output, 'note'>,
): (kept: number) => Promise<void> {
  const told = new Set<string>();
  const once = async (line: string): Promise<void> => {
    if (told.has(line)) return;
    told.add(line);
    await output.note(line);
  };
  const context = formatCount(contextLength);
  return (kept) => {
    if (kept === contextLength) {
      return once(
        `The prompt is longer than the context: of it the last ${context} tokens are read.`,
      );
    }
    // A slide makes room for `contextLength - kept` tokens; the one after them causes the next.
    const hop = contextLength - kept + 1;
    const extra = ((kept - 1) / hop).toFixed(1);
    return once(
      `The context of ${context} tokens is full: the last ${formatCount(kept)} stay, and are read ` +
        `anew every ${formatCount(hop)} tokens, ${extra} for each that is written (--slide-share).`,
    );
  };
}
