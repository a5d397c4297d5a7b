import type { TokenExample, TokenPrompt } from '@ramble/core';

import { END } from '../events/event-ids.js';
import type { StepNote } from '../notes/note.js';
import { encodeMelody } from './encode-melody.js';
import { PERFORMANCE } from './melody-ids.js';

/**
 * The prompt of an accompaniment: the melody, and events of the performance, if there are any. The
 * melody is a prefix, for models in which its tokens see one another both ways.
 */
export function accompanimentPrompt(
  melody: readonly StepNote[],
  events: ArrayLike<number> = [],
): TokenPrompt & { readonly prefixLength: number } {
  const before = [END, ...encodeMelody(melody), PERFORMANCE];
  return {
    tokens: Int32Array.from([...before, ...Array.from(events)]),
    prefixLength: before.length,
  };
}

/** A melody followed by the whole performance; only the performance is learned. */
export function accompanimentExample(
  melody: readonly StepNote[],
  events: ArrayLike<number>,
): TokenExample {
  const { tokens, prefixLength } = accompanimentPrompt(melody, events);
  const lossWeights = new Float32Array(tokens.length + 1).fill(1, prefixLength);
  return { tokens: Int32Array.from([...Array.from(tokens), END]), lossWeights, prefixLength };
}
