import type { ScheduledRequest, ScheduledSequence } from './scheduled-sequence.js';

/** A request that a scheduler works on, whose sequences share its prompt. */
export interface Work extends ScheduledRequest {
  readonly tokens: readonly number[];
  readonly prefixLength?: number;
  /** The logits after the whole prompt, once it was read. */
  firstLogits: Float32Array;
  /** The number of positions of the prompt whose logits were told. */
  told: number;
}

/** A sequence of a request, waiting for slots. */
export interface Entry {
  readonly work: Work;
  readonly sequence: ScheduledSequence;
}

/** A sequence that has its slots, and how far it is. */
export interface Running extends Omit<Entry, 'work'> {
  /** The slots of the cache that it has, one a beam; the prompt is read in the first. */
  readonly slots: readonly number[];
  /** What is read before the next token: the prompt, or what stays of a context that was full. */
  work: Work;
  /** The number of tokens of its work that it has read. */
  read: number;
  /** The number of tokens that were read in whole parts. */
  parted: number;
  /** The tokens that it has written and read since, one by one. */
  written: number[];
  /** The token to feed in each slot, once the prompt is read. */
  next?: readonly number[];
  /** Whether its token of this round came from the end of its prompt. */
  isAhead?: boolean;
}

/** Begins the work of a request, of which nothing is read. */
export function workOf(request: ScheduledRequest): Work {
  const { tokens, prefixLength } = request.prompt;
  return {
    ...request,
    tokens: Array.from(tokens),
    prefixLength,
    firstLogits: new Float32Array(),
    told: 0,
  };
}

/** The number of slots that a sequence needs: one, or one a beam. */
export function widthOf({ sequence: { width = 1 } }: Pick<Entry, 'sequence'>): number {
  return width;
}

/** Whether a sequence has read all that comes before its first token. */
export function hasRead({ work, read }: Running): boolean {
  return read === work.tokens.length;
}
