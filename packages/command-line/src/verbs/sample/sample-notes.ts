import type { LookupCounts } from '@ramble/core/sampling';

import { formatCount } from '../../format/format-number.js';
import type { Output } from '../../verb/output.js';
import type { Sample } from './write-samples.js';

/** Formats the note about prompt lookup: the numbers of draft tokens and of accepted ones. */
function lookupNote({ drafted, accepted }: LookupCounts): string {
  return `Of ${formatCount(drafted)} draft tokens of prompt lookup ${formatCount(accepted)} were accepted.`;
}

/** Context length of a model, and whether the domain restates what still holds of the tokens that leave the context. */
interface Window {
  readonly contextLength: number;
  readonly restates: boolean;
}

/** Notes about the outputs of a call. They are printed after all outputs have ended, not within a streamed text. */
export interface SampleNotes {
  /**
   * Adds a note that the context window slid.
   *
   * @param kept - Number of tokens that stay in the context.
   */
  addSlide(kept: number): void;
  /** Counts the draft tokens of an output, and whether no token was allowed at its end. */
  addSample(sample: Sample): void;
  /** Prints the notes. With `--json`, the outputs contain the counts themselves. */
  print(output: Output, of: { total: number; hasLookup: boolean; seed?: number }): Promise<void>;
}

export function sampleNotes(window: Window): SampleNotes {
  const slides = new Set<string>();
  const drafts = { drafted: 0, accepted: 0 };
  let stuck = 0;
  return {
    addSlide: (kept) => void slides.add(slideNote(window, kept)),
    addSample: ({ lookup, stop }) => {
      drafts.drafted += lookup?.drafted ?? 0;
      drafts.accepted += lookup?.accepted ?? 0;
      if (stop === 'nothing') stuck++;
    },
    print: async (output, { total, hasLookup, seed }) => {
      if (stuck > 0) {
        const some = total === 1 ? 'the output' : `${stuck} of ${total} outputs`;
        await output.warn(`${some} ended where grammar and filters allow no token`);
      }
      for (const note of slides) await output.note(note);
      if (output.isJson) return;
      if (hasLookup) await output.note(lookupNote(drafts));
      if (seed !== undefined) await output.note(`seed ${seed}`);
    },
  };
}

/**
 * Returns the note for a window that slid: the prompt was too long, or the output grew longer than the
 * context.
 */
function slideNote({ contextLength, restates }: Window, kept: number): string {
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
