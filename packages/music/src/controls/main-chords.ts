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
  let all = 0;
  for (const chroma of chromas(notes)) {
    seconds[likestTriad(chroma)]++;
    all++;
  }
  return Array.from(seconds.keys())
    .filter((chord) => seconds[chord] >= LEAST_SHARE * Math.max(1, all))
    .sort((a, b) => seconds[b] - seconds[a] || a - b)
    .slice(0, MOST);
}

/** How long each pitch class sounds in each window in which any does. */
function chromas(notes: readonly Note[]): Iterable<Float64Array> {
  const windows = new Map<number, Float64Array>();
  for (const { startSeconds, endSeconds, pitch } of notes) {
    const first = Math.floor(startSeconds / WINDOW_SECONDS);
    for (let window = first; window * WINDOW_SECONDS < endSeconds; window++) {
      const begin = Math.max(startSeconds, window * WINDOW_SECONDS);
      const end = Math.min(endSeconds, (window + 1) * WINDOW_SECONDS);
      const chroma = windows.get(window) ?? new Float64Array(12);
      windows.set(window, chroma);
      chroma[pitch % 12] += end - begin;
    }
  }
  return windows.values();
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
