/** A note by when it sounds, in any unit of time. */
export interface SoundingNote {
  readonly start: number;
  readonly end: number;
  readonly pitch: number;
}

/**
 * How long each of the twelve pitch classes sounds in each window of time, by the number of the window;
 * windows in which no note sounds are left out.
 *
 * @param windowLength - In the unit of the notes.
 */
export function chromas(
  notes: Iterable<SoundingNote>,
  windowLength: number,
): ReadonlyMap<number, Float64Array> {
  const windows = new Map<number, Float64Array>();
  for (const { start, end, pitch } of notes) {
    for (let w = Math.floor(start / windowLength); w * windowLength < end; w++) {
      const chroma = windows.get(w) ?? new Float64Array(12);
      windows.set(w, chroma);
      const begin = Math.max(start, w * windowLength);
      chroma[pitch % 12] += Math.min(end, (w + 1) * windowLength) - begin;
    }
  }
  return windows;
}
