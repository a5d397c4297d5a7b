import type { TokenPrompt } from '../domain/domain.js';
import type { ChunkedPrompt } from './prompt-chunks.js';
import type { ScheduledRequest, ScheduledSequence } from './scheduled-sequence.js';

type PromptOptions = Pick<ScheduledRequest, 'sharing' | 'onPromptLogits' | 'onStart'>;

/** A request that a scheduler works on, whose sequences share its prompt. */
export interface PromptState extends ChunkedPrompt, PromptOptions {
  /** The logits after the whole prompt, once it was read. */
  firstLogits: Float32Array;
  /** The number of positions of the prompt whose logits were told. */
  reportedCount: number;
}

/** A sequence of a request, waiting for slots. */
export interface WaitingSequence {
  readonly prompt: PromptState;
  readonly sequence: ScheduledSequence;
  /** Whether it is of an urgent request. */
  readonly isUrgent: boolean;
}

/** A sequence that has its slots, and how far it is. */
export interface ActiveSequence extends Omit<WaitingSequence, 'prompt'> {
  /** The slots of the cache that it has, one a beam; the prompt is read in the first. */
  readonly slots: readonly number[];
  /** What is read before the next token: the prompt, or what stays of a context that was full. */
  prompt: PromptState;
  /** The number of tokens of its work that it has read. */
  computedCount: number;
  /** The number of tokens that were read in whole parts. */
  chunkedCount: number;
  /** The tokens that it has written and read since, one by one. */
  generatedTokens: number[];
  /** The token to feed in each slot, once the prompt is read. */
  next?: readonly number[];
  /** Whether its token of this round came from the end of its prompt. */
  isAhead?: boolean;
}

/** Begins the work of a request, of which nothing is read. */
export function promptState(
  { tokens, prefixLength }: TokenPrompt,
  { sharing, onPromptLogits, onStart }: PromptOptions = {},
): PromptState {
  const options = { prefixLength, sharing, onPromptLogits, onStart };
  const progress = { firstLogits: new Float32Array(), reportedCount: 0 };
  return { tokens: Array.from(tokens), ...options, ...progress };
}

/** The number of slots that a sequence needs: one, or one a beam. */
export function widthOf({ sequence: { width = 1 } }: Pick<WaitingSequence, 'sequence'>): number {
  return width;
}

/** Whether a sequence has read all that comes before its first token. */
export function hasReadPrompt({ prompt, computedCount }: ActiveSequence): boolean {
  return computedCount === prompt.tokens.length;
}
