import { chromas } from '../notes/chromas.js';
import type { Note } from '../notes/note.js';
import { CHORDS } from './chord-names.js';

/** A chord holds for so long, in seconds, when it is looked for. */
const WINDOW_SECONDS = 1;
/** Most chords that are told, and the share of the time that each of them must have. */
const [MOST, LEAST_SHARE] = [4, 0.05];

/** Pitch classes of a chord, by its number: its root, third and fifth. */
const TRIADS = Array.from({ length: CHORDS }, (_, chord) => {
  const root = chord % 12;
  return [root, (root + (chord < 12 ? 4 : 3)) % 12, (root + 7) % 12];
});

/**
 * The chords that notes are made of most of the time, most first: of each second the major or minor triad
 * whose pitch classes sound longest in it, the third and the fifth no longer than the root.
 */
export function mainChords(notes: readonly Note[]): number[] {
  const seconds = new Float64Array(CHORDS);
  const sounding = notes.map(({ startSeconds: start, endSeconds: end, pitch }) => {
    return { start, end, pitch };
  });
  const windows = chromas(sounding, WINDOW_SECONDS);
  for (const chroma of windows.values()) seconds[likestTriad(chroma)]++;
  return Array.from(seconds.keys())
    .filter((chord) => seconds[chord] >= LEAST_SHARE * Math.max(1, windows.size))
    .sort((a, b) => seconds[b] - seconds[a] || a - b)
    .slice(0, MOST);
}

function likestTriad(chroma: Float64Array): number {
  let [best, most] = [0, -1];
  TRIADS.forEach(([root, third, fifth], chord) => {
    const sounds =
      chroma[root] + Math.min(chroma[third], chroma[root]) + Math.min(chroma[fifth], chroma[root]);
    if (sounds > most) [best, most] = [chord, sounds];
  });
  return best;
}
