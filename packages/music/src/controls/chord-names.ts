import { pitchClassName } from '../events/describe-event.js';

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
