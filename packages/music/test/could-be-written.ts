import { encodeNotes, END, eventOf } from '../src/events/events.js';
import type { Note } from '../src/notes/note.js';

/**
 * Whether the encoder could have written the ids, followed by an end, for notes that do not overlap
 * on one pitch: decodes these notes, and encodes them again.
 */
export function couldBeWritten(ids: readonly number[]): boolean {
  if (ids.at(-1) !== END) return false;
  const events = ids.slice(0, -1);
  const open = new Map<number, Omit<Note, 'endSeconds'>>();
  const notes: Note[] = [];
  let [step, velocity, struck] = [0, 1, 0];
  for (const id of events) {
    const event = eventOf(id);
    if (!event) return false;
    if (event.kind === 'shift') step += event.steps;
    if (event.kind === 'velocity') velocity = 4 * event.bin;
    if (event.kind === 'noteOn') {
      if (open.has(event.pitch)) return false;
      // Notes of one step keep their order, whatever their pitches.
      const startSeconds = step / 100 + 1e-7 * struck++;
      open.set(event.pitch, { startSeconds, pitch: event.pitch, velocity });
    }
    if (event.kind === 'noteOff') {
      const note = open.get(event.pitch);
      if (!note) return false;
      open.delete(event.pitch);
      notes.push({ ...note, endSeconds: step / 100 });
    }
  }
  if (open.size > 0 || notes.length === 0) return false;
  return encodeNotes(notes).join() === events.join();
}
