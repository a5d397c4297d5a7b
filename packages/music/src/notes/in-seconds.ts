import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { Note, StepNote } from './note.js';

/** Converts a note of the grid to seconds. */
export function inSeconds({ startStep, endStep, pitch, velocity }: StepNote): Note {
  const [startSeconds, endSeconds] = [startStep / STEPS_PER_SECOND, endStep / STEPS_PER_SECOND];
  return { startSeconds, endSeconds, pitch, velocity };
}
