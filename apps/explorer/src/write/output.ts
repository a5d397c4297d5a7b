import type { ArtifactView, PageToken } from '@ramble/explorer';
import { signal } from '@preact/signals';

import { OutputText } from './output-text.js';

/** A step of a beam search. */
export interface BeamStep {
  readonly beams: readonly {
    /** Index of the beam of the step before that this one goes on from. */
    readonly parent: number;
    readonly token: PageToken;
    readonly score: number;
  }[];
}

/** An output while it is written, and after. */
export class Output {
  readonly text = new OutputText();
  /** Why it ended: `stop`, `length`; empty while it is written. */
  readonly reason = signal('');
  /** The score that a beam was ranked by. */
  readonly score = signal<number | undefined>(undefined);
  /** Number of tokens that are in the model's view since its window slid. */
  readonly kept = signal<number | undefined>(undefined);
  /** The final form, where outputs have another than their tokens. */
  readonly artifact = signal<ArtifactView | undefined>(undefined);

  /** The ids of its tokens. */
  get ids(): number[] {
    return this.text.tokens.map(({ id }) => id);
  }

  /** Takes the end back, because the output goes on. */
  reopen(): void {
    this.reason.value = '';
    this.score.value = undefined;
  }
}
