import { stepAt } from '../events/events.js';
import type { Note } from '../notes/note.js';

/** Onsets that are so near to one another, in steps, are played together; people are not exact. */
const LOOSE_STEPS = 3;

/** Strength of the onsets at each step. */
export interface OnsetTrain {
  /** The step of the first strength. */
  readonly firstStep: number;
  readonly strengths: Float64Array;
}

/** The onsets of notes, each spread over the steps around it; no strengths without notes. */
export function onsetTrain(notes: readonly Pick<Note, 'startSeconds'>[]): OnsetTrain {
  const starts = notes.map(({ startSeconds }) => stepAt(startSeconds));
  const [first, last] = starts.reduce(
    ([low, high], start) => [Math.min(low, start), Math.max(high, start)],
    [Infinity, -Infinity],
  );
  const strengths = new Float64Array(notes.length === 0 ? 0 : last - first + 2 * LOOSE_STEPS + 1);
  for (const start of starts) {
    for (let off = -LOOSE_STEPS; off <= LOOSE_STEPS; off++) {
      strengths[start - first + LOOSE_STEPS + off] += 1 - Math.abs(off) / (LOOSE_STEPS + 1);
    }
  }
  return { firstStep: first - LOOSE_STEPS, strengths };
}
