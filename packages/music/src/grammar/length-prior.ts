import type { NoteLengths } from '../domain/note-lengths.js';
import { NOTE_OFF, STEPS_PER_SECOND } from '../events/event-ids.js';
import type { PerformanceState } from './performance-state.js';

/** Shares of the notes that are no longer than the two lengths that a run keeps. */
const [MEDIAN_SHARE, LONG_SHARE] = [0.5, 0.995];

/** What makes the ends of notes likelier the longer they sound. */
export type LengthPrior = (
  state: PerformanceState,
) => Iterable<readonly [id: number, nats: number]>;

/**
 * A prior on the lengths of notes: the end of a note gets likelier by `strength` times
 * -log(share of the training notes that are longer), with a Weibull distribution through their median and
 * their 99.5th percentile; an exponential one where a run keeps no median.
 *
 * @returns `undefined` where a run keeps no lengths, and for a strength of 0.
 */
export function lengthPrior(
  { medianNoteSeconds: median, longNoteSeconds: long }: NoteLengths,
  strength: number,
): LengthPrior | undefined {
  if (long === undefined || strength === 0) return undefined;
  const [half, most] = [MEDIAN_SHARE, LONG_SHARE].map((share) => -Math.log(1 - share));
  const shape = median && median < long ? Math.log(most / half) / Math.log(long / median) : 1;
  return ({ sounding, step }) =>
    sounding.map(({ pitch, startStep }) => {
      const seconds = (step - startStep) / STEPS_PER_SECOND;
      return [NOTE_OFF + pitch, strength * most * (seconds / long) ** shape];
    });
}
