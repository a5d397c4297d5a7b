import { pitchName } from '../events/describe-event.js';
import { END, PITCHES } from '../events/event-ids.js';

/** Events of 10 ms in a step of a melody, which is 100 ms long. */
export const STEPS_PER_MELODY_STEP = 10;

/** The first id of melody tokens, after the ids of events; a melody has one token per melody step. */
export const MELODY_NOTE = END + 1;
export const MELODY_OFF = MELODY_NOTE + PITCHES;
/** The id of a melody step in which nothing changes: a note continues, or silence. */
export const MELODY_HOLD = MELODY_OFF + 1;
/** The id between a melody and its performance. */
export const PERFORMANCE = MELODY_HOLD + 1;
/** Number of ids, including those of events and the end. */
export const ACCOMPANIMENT_IDS = PERFORMANCE + 1;

/**
 * Describes a melody token for people: `melody C4`.
 *
 * @returns `undefined` for one that is none.
 */
export function describeMelody(id: number): string | undefined {
  if (id >= MELODY_NOTE && id < MELODY_OFF) return `melody ${pitchName(id - MELODY_NOTE)}`;
  if (id === MELODY_OFF) return 'melody rests';
  if (id === MELODY_HOLD) return 'melody goes on';
  return id === PERFORMANCE ? 'performance' : undefined;
}
