/** When a note sounds, in any unit of time. */
interface Sounding {
  readonly pitch: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Divides notes into as few tracks as possible, so that no pitch sounds twice in one: a note-off
 * could not distinguish the two notes.
 *
 * @returns notes in order of their starts, then pitches; one empty track for no notes.
 */
export function splitOverlaps<N extends Sounding>(notes: readonly N[]): readonly (readonly N[])[] {
  const tracks: { readonly notes: N[]; readonly freeFrom: Map<number, number> }[] = [];
  const sorted = [...notes].sort((a, b) => a.start - b.start || a.pitch - b.pitch);
  for (const note of sorted) {
    let track = tracks.find(({ freeFrom }) => (freeFrom.get(note.pitch) ?? 0) <= note.start);
    if (!track) tracks.push((track = { notes: [], freeFrom: new Map() }));
    track.notes.push(note);
    track.freeFrom.set(note.pitch, note.end);
  }
  return tracks.length === 0 ? [[]] : tracks.map((track) => track.notes);
}
