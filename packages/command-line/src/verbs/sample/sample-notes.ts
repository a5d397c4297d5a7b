import type { LookupCounts } from '@ramble/core/sampling';

import { formatCount } from '../../format/format-number.js';

/** The note about prompt lookup: the numbers of draft tokens and of accepted ones. */
export function lookupNote({ drafted, accepted }: LookupCounts): string {
  return `Of ${formatCount(drafted)} guesses of prompt lookup ${formatCount(accepted)} came true.`;
}

/** The window of a model, and whether the domain restates what it no longer holds. */
interface SlidWindow {
  readonly contextLength: number;
  /** Tokens that stay in the context. */
  readonly kept: number;
  readonly restates: boolean;
}

/**
 * Returns the note for a window that slid: the prompt was too long, or the output grew longer than the
 * context.
 */
export function slideNote({ contextLength, kept, restates }: SlidWindow): string {
  const context = formatCount(contextLength);
  if (kept === contextLength) {
    const earlier = restates ? ', behind what still holds of the others' : '';
    return `The prompt is longer than the model's context: only its last ${context} tokens were read${earlier}.`;
  }
  const earlier = restates ? 'of earlier ones only what still holds' : 'no earlier ones';
  return (
    `The output grew longer than the model's context of ${context} tokens: from there on the model saw ` +
    `the last ${formatCount(kept)} to ${context} tokens, and ${earlier} (--slide-share).`
  );
}
