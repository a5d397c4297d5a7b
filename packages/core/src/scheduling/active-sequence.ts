import type { TokenPrompt } from '../domain/domain.js';
import type { ChunkedPrompt } from './prompt-chunks.js';
import type { ScheduledRequest, ScheduledSequence } from './scheduled-sequence.js';

type PromptOptions = Pick<ScheduledRequest, 'model' | 'sharing' | 'onPromptLogits' | 'onStart'>;

/** The prompt of a request, which its sequences share, and the progress of reading it. */
export interface PromptState extends ChunkedPrompt, PromptOptions {
  /** Logits after the whole prompt, `[V]`; empty until it is read. */
  firstLogits: Float32Array;
  /** Number of positions whose logits were reported. */
  reportedCount: number;
}

/** A sequence that waits for slots. */
export interface WaitingSequence {
  readonly prompt: PromptState;
  readonly sequence: ScheduledSequence;
  /** Whether its request is urgent. */
  readonly isUrgent: boolean;
}

/** A sequence that has slots, and its progress. */
export interface ActiveSequence extends Omit<WaitingSequence, 'prompt'> {
  /** Slots, one per beam. The prompt is read in the first. */
  readonly slots: readonly number[];
  /** The request's prompt, or the tokens that replaced it when the context was full. */
  prompt: PromptState;
  /** Number of prompt tokens whose keys and values are in the first slot. */
  computedCount: number;
  /** Number of prompt tokens that were read in whole chunks, so that other prompts may copy them. */
  chunkedCount: number;
  /** Generated tokens after the prompt whose keys and values are in the slots. */
  generatedTokens: number[];
  /** Next token of each slot; undefined until the prompt is read. */
  next?: readonly number[];
  /** Whether the sequence has already chosen its token of this round, at the end of its prompt. */
  isAhead?: boolean;
}

/** Returns the state of a prompt before its first token was read. */
export function promptState(
  { tokens, prefixLength }: TokenPrompt,
  { model, sharing, onPromptLogits, onStart }: PromptOptions = {},
): PromptState {
  const options = { model, prefixLength, sharing, onPromptLogits, onStart };
  const progress = { firstLogits: new Float32Array(), reportedCount: 0 };
  return { tokens: Array.from(tokens), ...options, ...progress };
}

/** Returns the number of slots that a sequence needs: one, or one per beam. */
export function widthOf({ sequence: { width = 1 } }: Pick<WaitingSequence, 'sequence'>): number {
  return width;
}

/** Whether a sequence has read its whole prompt. */
export function hasReadPrompt({ prompt, computedCount }: ActiveSequence): boolean {
  return computedCount === prompt.tokens.length;
}
