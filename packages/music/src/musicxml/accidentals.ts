import { keyAlter, type SpelledPitch, spellPitch } from './spell-pitch.js';
import type { SheetKey } from './sheet.js';
import type { NoteSymbol } from './split-into-symbols.js';

const NAMES: Readonly<Record<number, string>> = {
  [-2]: 'flat-flat',
  [-1]: 'flat',
  0: 'natural',
  1: 'sharp',
  2: 'double-sharp',
};

/** A pitch with the sign before it, if one is needed. */
export interface WrittenPitch extends SpelledPitch {
  /** The sign's name in MusicXML. */
  readonly accidental?: string;
}

/**
 * The pitches of a bar of one staff as they are written: an accidental stands where a letter is altered
 * otherwise than by the signature or by an earlier accidental of the bar; notes that are tied need none.
 *
 * @param voices - The symbols of each voice of the staff.
 */
export function writtenPitches(
  voices: readonly (readonly NoteSymbol[])[],
  key: SheetKey,
): ReadonlyMap<NoteSymbol, readonly WrittenPitch[]> {
  const inForce = new Map<string, number>();
  const inTime = voices.flat().sort((a, b) => a.startSixteenth - b.startSixteenth);
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
