import { pitchClassName } from '../events/events.js';
import { chromas, type Note } from '../notes/note.js';

/** Number of chords with a name: a major and a minor one on each pitch class. */
export const CHORDS = 24;
const MINOR = CHORDS / 2;
const FLATS: Readonly<Record<string, string>> = {
  Db: 'C#',
  Eb: 'D#',
  Gb: 'F#',
  Ab: 'G#',
  Bb: 'A#',
};

/** The name of a chord by its number: major ones from C up, then minor ones: `F#`, `Am`. */
export function chordName(chord: number): string {
  return `${pitchClassName(chord % MINOR)}${chord < MINOR ? '' : 'm'}`;
}

const NUMBERS = new Map(Array.from({ length: CHORDS }, (_, chord) => [chordName(chord), chord]));

/**
 * The chords of a list, such as `C,Am,F,G`; roots may be flat.
 *
 * @throws RangeError for a name that is none, and for no name.
 */
export function parseChords(name: string, text: string): number[] {
  return text.split(',').map((word) => {
    const [, root, minor] = /^([A-G][#b]?)(m?)$/.exec(word.trim()) ?? [];
    const chord = NUMBERS.get(`${FLATS[root] ?? root}${minor}`);
    if (chord !== undefined) return chord;
    throw new RangeError(
      `${name}: expected major and minor chords such as C,Am,F#m,Bb, got ${JSON.stringify(word)}`,
    );
  });
}

/** A chord holds for so long, in seconds, when it is looked for. */
const WINDOW_SECONDS = 1;
/** Maximum number of returned chords, and the minimum share of the time for each of them. */
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
