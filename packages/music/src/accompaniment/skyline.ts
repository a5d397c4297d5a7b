import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { StepNote } from '../notes/note.js';
import { highestNotes, melodyStepAt } from './encode-melody.js';
import { STEPS_PER_MELODY_STEP } from './melody-ids.js';

/** How long a note keeps lower ones out of the melody: the pedal may hold it for much longer. */
const HIDES_STEPS = STEPS_PER_SECOND / STEPS_PER_MELODY_STEP;

/**
 * The melody of a performance, by a rule: of notes struck together the highest, unless a higher note
 * of the melody that was struck within the last second still sounds.
 *
 * @see Uitdenbogerd and Zobel 1998, "Manipulation of Music for Melody Matching", whose skyline lets
 *   every lower note cut off a higher one
 */
export function skyline(notes: readonly StepNote[]): readonly StepNote[] {
  const melody: StepNote[] = [];
  for (const note of highestNotes(notes)) {
    const last = melody.at(-1);
    if (!last || note.pitch >= last.pitch || !hides(last, note)) melody.push(note);
  }
  return melody;
}

function hides(last: StepNote, note: StepNote): boolean {
  const [struck, ends] = [melodyStepAt(last.startStep), melodyStepAt(last.endStep)];
  return melodyStepAt(note.startStep) < Math.min(ends, struck + HIDES_STEPS);
}
