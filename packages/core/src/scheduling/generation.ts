import type { TokenPrompt } from '../domain/domain.js';
import type { Clock } from '../files/clock.js';
import type { Model } from '../model/model.js';
import type { LookupCounts } from '../sampling/prompt-lookup.js';
import type { SamplingChoice, SamplingRules } from '../sampling/sampling-rules.js';
import type { SequenceEnd, SequenceEvent } from '../sampling/sequence.js';

/** How `generate` chooses tokens, and when it stops. */
export interface GenerateOptions extends SamplingChoice, WritingOptions {}

/** The number of outputs of `generate`, and when it stops. */
export interface WritingOptions {
  /**
   * Outputs for each prompt; default 1. Each has random numbers of its own. With beams there are
   * `nBest` instead.
   */
  readonly count?: number;
  /** Maximum number of sequences in a batch, default 16; the others wait. */
  readonly batchSize?: number;
  /**
   * Asked after each token; true ends the sequence. A stop text is found this way. Beams ask it of
   * outputs that may not survive: its answer must follow from the tokens alone.
   */
  readonly stopWhen?: (sequence: number, output: readonly number[]) => boolean;
  /**
   * Maximum number of tokens of each prompt that a step reads. The default is 128, or the context on
   * engines that decode op by op, which read a whole prompt fastest.
   */
  readonly promptTokensPerStep?: number;
  /** Ends all that is still being written when its time is over. */
  readonly timeLimit?: { readonly clock: Clock; readonly seconds: number };
}

/** An event of one of the sequences: number `prompt * count + i`. */
export type GenerationEvent = { readonly sequence: number } & OutputEvent;

/** An event of an output: a token, or its end. */
export type OutputEvent = Exclude<SequenceEvent, SequenceEnd> | GenerationEnd;

/** Why an output ended, and with beams its score. */
export type GenerationEnd = (
  | SequenceEnd
  /** `stopWhen` said so, or the time was over. */
  | { readonly kind: 'end'; readonly reason: 'asked' | 'time' }
) & {
  /** The score of a beam: the sum of its log-probabilities after filters, divided by the length penalty. */
  readonly score?: number;
  /** Counts of the draft tokens of prompt lookup. */
  readonly lookup?: LookupCounts;
};

/** A checked request to `generate`, with all defaults. */
export interface WritingTask extends Required<Omit<WritingOptions, 'timeLimit'>> {
  readonly model: Model;
  readonly prompts: readonly TokenPrompt[];
  readonly rules: SamplingRules;
  /** Whether the time is over. */
  readonly isLate: () => boolean;
}

/** Positions that the longest sequence of a task may need. */
export function capacityFor({
  model,
  prompts,
  config: { maxNewTokens },
}: Pick<WritingTask, 'model' | 'prompts'> & Pick<SamplingRules, 'config'>): number {
  const longest = prompts.reduce((most, { tokens }) => Math.max(most, tokens.length), 0);
  return Math.min(model.decoder.maxPositions, longest + maxNewTokens);
}
