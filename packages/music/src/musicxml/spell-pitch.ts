import { cosine } from '../notes/note.js';
import type { SheetKey, SheetNote } from './sheet.js';
import type { NoteSymbol } from './voices.js';

/** Letters in the order of the circle of fifths: each is a fifth above the previous one. */
const LETTERS = ['F', 'C', 'G', 'D', 'A', 'E', 'B'] as const;
/** Position of F, the first letter, on the circle of fifths, counted from C. */
const FIRST = -1;
/**
 * Lowest of the twelve spellings that are used without sharps or flats in the signature, on the circle of fifths from
 * C: E flat (-3) in major; B flat (-2) in minor, so that the leading note of the dominant is D sharp instead of E flat.
 */
const LOWEST = { major: -3, minor: -2 } as const;

/** A pitch in notation. */
interface SpelledPitch {
  readonly letter: (typeof LETTERS)[number];
  /** Semitones by which the letter is raised, -2 to 2. */
  readonly alter: number;
  /** Octave; 4 contains middle C. */
  readonly octave: number;
}

/**
 * Spells a pitch in a key: the seven notes of its signature; in major the flat third and seventh, in minor
 * the flat second; and sharps for the rest, which are the leading notes of the keys around it.
 *
 * @param pitch - `LOWEST_PITCH` to 127; middle C is 60.
 * @param key - `fifths` of -7 to 7.
 */
export function spellPitch(pitch: number, { fifths, mode }: SheetKey): SpelledPitch {
  const lowest = fifths + LOWEST[mode];
  const place = lowest + mod(pitch * 7 - lowest, 12);
  const letter = LETTERS[mod(place - FIRST, LETTERS.length)];
  const alter = Math.floor((place - FIRST) / LETTERS.length);
  return { letter, alter, octave: Math.floor((pitch - alter) / 12) - 1 };
}

/** Returns the alteration of a letter by a key signature: -1, 0 or 1. */
export function keyAlter(letter: SpelledPitch['letter'], fifths: number): number {
  return Math.floor((fifths - LETTERS.indexOf(letter) - 1) / LETTERS.length) + 1;
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}

const NAMES: Readonly<Record<number, string>> = {
  [-2]: 'flat-flat',
  [-1]: 'flat',
  0: 'natural',
  1: 'sharp',
  2: 'double-sharp',
};

/** A pitch with its accidental, if it needs one. */
export interface WrittenPitch extends SpelledPitch {
  /** Name of the accidental in MusicXML. */
  readonly accidental?: string;
}

/**
 * Returns the notation of the pitches of each symbol in a bar of one staff. A letter has an accidental if it is
 * altered differently than by the signature or by an earlier accidental of the bar; tied notes need none.
 *
 * @param voices - The symbols of each voice of the staff.
 */
export function writtenPitches(
  voices: readonly (readonly NoteSymbol[])[],
  key: SheetKey,
): ReadonlyMap<NoteSymbol, readonly WrittenPitch[]> {
  const inForce = new Map<string, number>();
  const inTime = voices.flat().sort((a, b) => a.startDivision - b.startDivision);
  return new Map(
    inTime.map((symbol) => {
      const written = symbol.pitches.map((pitch): WrittenPitch => {
        const spelled = spellPitch(pitch, key);
        const { letter, alter, octave } = spelled;
        const place = `${letter}${octave}`;
        const known = inForce.get(place) ?? keyAlter(letter, key.fifths);
        if (symbol.isTiedBack || alter === known) return spelled;
        inForce.set(place, alter);
        return { ...spelled, accidental: NAMES[alter] };
      });
      return [symbol, written];
    }),
  );
}

/** Line or space of a drum or cymbal on a percussion staff, and its note head. */
interface DrumPlace {
  /** Letter of the pitch that the line or space has in the treble clef; `octave` is the octave of that pitch. */
  readonly step: string;
  readonly octave: string;
  /** Note head in MusicXML, if it is not round: cymbals have crosses. */
  readonly head?: string;
}

/**
 * Places on a percussion staff of General MIDI's drum keys, as drummers read them. A key without a place is written
 * as C5.
 */
const DRUM_PLACES: readonly (readonly [place: string, keys: readonly number[], head?: string])[] = [
  ['F4', [35, 36]],
  ['C5', [38, 39, 40]],
  ['C5', [37], 'x'],
  ['A4', [41, 43]],
  ['D5', [45, 47]],
  ['E5', [48, 50]],
  ['D4', [44], 'x'],
  ['G5', [42], 'x'],
  ['G5', [46], 'circle-x'],
  ['F5', [51, 59], 'x'],
  ['F5', [53], 'diamond'],
  ['A5', [49, 52, 55, 57], 'x'],
  ['E5', [54, 56, 69, 70, 80, 81], 'triangle'],
];

/** Returns the place on a percussion staff of a key of General MIDI's drum kit. */
export function drumPlace(key: number): DrumPlace {
  const [[step, octave], , head] = DRUM_PLACES.find(([, keys]) => keys.includes(key)) ?? ['C5'];
  return { step, octave, head };
}

/** Listeners' rating of how well each pitch fits a key, by semitones above the tonic (Krumhansl and Kessler). */
const PROFILES = {
  major: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
  minor: [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
} as const;
const MODES = ['major', 'minor'] as const;
const PITCH_CLASSES = 12;
/** Semitones from the tonic of a key to the tonic of the major key with the same signature. */
const RELATIVE = { major: 0, minor: 3 } as const;

/**
 * Estimates the key of notes: the key whose profile correlates most with the sounding times of the pitch classes.
 * Without notes, or if all pitch classes sound equally long, the key is major with the signature `fifths`, by default
 * C major.
 *
 * @param fifths - The signature, if it is known. Only its major and minor key are then compared.
 * @returns a signature of 5 flats to 6 sharps.
 * @see Krumhansl 1990, Cognitive Foundations of Musical Pitch, chapter 4 (Krumhansl and Kessler's profiles)
 */
export function estimateKey(notes: readonly SheetNote[], fifths?: number): SheetKey {
  const lengths = new Float64Array(PITCH_CLASSES);
  for (const { pitch, startDivision, endDivision } of notes) {
    lengths[pitch % PITCH_CLASSES] += endDivision - startDivision;
  }
  let best: SheetKey = { fifths: fifths ?? 0, mode: 'major' };
  let bestFit = 0;
  for (const mode of MODES) {
    for (let tonic = 0; tonic < PITCH_CLASSES; tonic++) {
      const own = fifthsOf(tonic + RELATIVE[mode]);
      if (fifths !== undefined && (fifths - own) % PITCH_CLASSES !== 0) continue;
      const profile = PROFILES[mode];
      const turned = Array.from(lengths, (_, i) => lengths[(tonic + i) % PITCH_CLASSES]);
      const fit = cosine(fromMean(turned), fromMean(profile)); // Pearson's correlation
      if (fit > bestFit) {
        [best, bestFit] = [{ fifths: fifths ?? own, mode }, fit];
      }
    }
  }
  return best;
}

/**
 * Returns the number of sharps (-5 to 6, negative for flats) of the major key on a tonic; a fifth up has one more.
 */
function fifthsOf(tonic: number): number {
  return ((tonic * 7 + 5) % PITCH_CLASSES) - 5;
}

function fromMean(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}
