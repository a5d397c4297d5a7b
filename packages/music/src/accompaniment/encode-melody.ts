import type { StepNote } from '../notes/note.js';
import { MELODY_HOLD, MELODY_NOTE, MELODY_OFF, STEPS_PER_MELODY_STEP } from './melody-ids.js';

/** The step of a melody that is nearest to one of 10 ms; halves go up. */
export function melodyStepAt(step: number): number {
  return Math.floor(step / STEPS_PER_MELODY_STEP + 0.5);
}

/** The highest of the notes that are struck in each step of a melody, in order of time. */
export function highestNotes(notes: readonly StepNote[]): readonly StepNote[] {
  const highest = new Map<number, StepNote>();
  for (const note of notes) {
    const step = melodyStepAt(note.startStep);
    if (note.pitch > (highest.get(step)?.pitch ?? -1)) highest.set(step, note);
  }
  return [...highest].sort(([a], [b]) => a - b).map(([, note]) => note);
}

/**
 * A melody on a grid of 100 ms, a token a step: a note begins, it ends, or nothing is new. Of notes
 * that begin in one step the highest counts, and a note ends at the latest where the next begins. The
 * last one's end ends the melody.
 *
 * @see Huang et al. 2018, on conditioned generation, https://arxiv.org/abs/1809.04281, with the melodies
 *   of Waite 2016, "Generating Long-Term Structure in Songs and Stories"
 */
export function encodeMelody(notes: readonly StepNote[]): number[] {
  const melody = highestNotes(notes);
  const ids: number[] = [];
  melody.forEach(({ startStep, endStep, pitch }, i) => {
    const start = melodyStepAt(startStep);
    const next = i + 1 < melody.length ? melodyStepAt(melody[i + 1].startStep) : Infinity;
    const end = Math.min(next, Math.max(start + 1, melodyStepAt(endStep)));
    while (ids.length < start) ids.push(MELODY_HOLD);
    ids.push(MELODY_NOTE + pitch);
    while (ids.length < end) ids.push(MELODY_HOLD);
    if (end < next && next < Infinity) ids.push(MELODY_OFF);
  });
  return ids;
}
