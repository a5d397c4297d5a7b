import type { Note } from './note.js';

/** Notes without the silence before the first of them, which recordings that were cut may have for minutes. */
export function fromFirstNote<N extends Note>(notes: readonly N[]): readonly N[] {
  const first = notes.reduce((start, note) => Math.min(start, note.startSeconds), Infinity);
  return notes.map((note) => ({
    ...note,
    startSeconds: note.startSeconds - first,
    endSeconds: note.endSeconds - first,
  }));
}
