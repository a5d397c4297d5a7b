import type { ShadedWord } from '@ramble/explorer/pages';

/** Output of the model at the end of its training. */
export interface SampledOutput {
  /** The prompt in words, for apps whose examples begin with one. */
  readonly prompt?: string;
  /** The words of the prompt that were read, and how much the output looked at each, 0 to 1. */
  readonly source?: readonly ShadedWord[];
  readonly output: string;
  /** The data's own output, if outputs are compared with it. */
  readonly reference?: string;
}
