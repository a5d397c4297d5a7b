import type { SheetKey } from './sheet.js';

/** The letters by fifths: each is a fifth above the one before. */
const LETTERS = ['F', 'C', 'G', 'D', 'A', 'E', 'B'] as const;
/** Fifths from C to F, the first letter. */
const FIRST = -1;
/**
 * Fifths from C of a signature without sharps to the lowest spelling that is used: E flat in major; in minor
 * B flat, so that D sharp, the leading note of the dominant, is no E flat.
 */
const LOWEST = { major: -3, minor: -2 } as const;

/** A pitch as it is written. */
export interface SpelledPitch {
  readonly letter: (typeof LETTERS)[number];
  /** Semitones by which the letter is raised, -2 to 2. */
  readonly alter: number;
  /** 4 for that of middle C. */
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

/** The alteration that a key signature gives to a letter: -1, 0 or 1. */
export function keyAlter(letter: SpelledPitch['letter'], fifths: number): number {
  return Math.floor((fifths - LETTERS.indexOf(letter) - 1) / LETTERS.length) + 1;
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
