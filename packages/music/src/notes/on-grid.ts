import { decodeEvents, encodeNotes } from '../events/events.js';
import type { Note, StepNote } from './note.js';

/** Notes at the resolution of events: on the grid of 10 ms, in the order of their ends. */
export function onGrid(notes: readonly Note[]): readonly StepNote[] {
  return decodeEvents(encodeNotes(notes));
}
