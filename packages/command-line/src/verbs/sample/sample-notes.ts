import type { LookupCounts } from '@ramble/core/sampling';

import { formatCount } from '../../format/format-number.js';
import type { Output } from '../../verb/output.js';
import type { Sample } from './write-samples.js';

/** Formats the note about prompt lookup: the numbers of draft tokens and of accepted ones. */
function lookupNote({ drafted, accepted }: LookupCounts): string {
  return `Of ${formatCount(drafted)} guesses of prompt lookup ${formatCount(accepted)} came true.`;
}

/** Window of a model, and whether the domain restates the tokens that leave it. */
interface Window {
  readonly contextLength: number;
  readonly restates: boolean;
}

/** Notes about the outputs of a call. They are printed after all outputs have ended, not within a streamed text. */
export class SampleNotes {
  readonly #window: Window;
  readonly #slides = new Set<string>();
  readonly #guesses = { drafted: 0, accepted: 0 };
  #stuck = 0;

  constructor(window: Window) {
    this.#window = window;
  }

  /**
   * Adds a note about a window that slid.
   *
   * @param kept - Number of tokens that stay in the context.
   */
  addSlide(kept: number): void {
    this.#slides.add(slideNote(this.#window, kept));
  }

  /** Counts the draft tokens of an output, and whether no token was allowed at its end. */
  addSample({ lookup, stop }: Sample): void {
    this.#guesses.drafted += lookup?.drafted ?? 0;
    this.#guesses.accepted += lookup?.accepted ?? 0;
    if (stop === 'nothing') this.#stuck++;
  }

  /** Prints the notes. With `--json`, the outputs contain the counts themselves. */
  async print(
    output: Output,
    {
      total,
      hasLookup,
      seed,
    }: { readonly total: number; readonly hasLookup: boolean; readonly seed?: number },
  ): Promise<void> {
    if (this.#stuck > 0) {
      const some = total === 1 ? 'the output' : `${this.#stuck} of ${total} outputs`;
      await output.warn(`${some} ended where grammar and filters allow no token`);
    }
    for (const note of this.#slides) await output.note(note);
    if (output.isJson) return;
    if (hasLookup) await output.note(lookupNote(this.#guesses));
    if (seed !== undefined) await output.note(`seed ${seed}`);
  }
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
