import type { Random } from '@ramble/core';

import type { Note } from '../src/notes/note.js';

/** Returns random notes in the order of their starts; no two notes of one pitch overlap. */
export function drawNotes(random: Random, count: number): Note[] {
  const notes: Note[] = [];
  const freeFrom = new Map<number, number>();
  let now = 0;
  for (let i = 0; i < count; i++) {
    // Chords, rolled ones within a step, gaps of seconds.
    const kind = random.integer(5 * i, 6);
    now += [0, 0.003, 0.12, 0.5, 1, 2.37][kind];
    const pitch = 40 + random.integer(5 * i + 1, 40);
    const startSeconds = Math.max(now, freeFrom.get(pitch) ?? 0);
    const endSeconds =
      startSeconds + 0.011 + random.uniform(5 * i + 2) * [0.1, 1, 3][random.integer(5 * i + 3, 3)];
    // A step later: the end of a note and the beginning of the next may be rounded to one step.
    freeFrom.set(pitch, endSeconds + 0.02);
    notes.push({ startSeconds, endSeconds, pitch, velocity: 1 + random.integer(5 * i + 4, 127) });
  }
  return notes.sort((a, b) => a.startSeconds - b.startSeconds || a.pitch - b.pitch);
}
