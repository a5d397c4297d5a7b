import { decodeEvents } from '../events/decode-events.js';
import { encodeNotes } from '../events/encode-notes.js';
import type { Note, StepNote } from './note.js';

/** Notes as events tell them: on the grid of 10 ms, in the order of their ends. */
export function onGrid(notes: readonly Note[]): readonly StepNote[] {
  return decodeEvents(encodeNotes(notes));
}
