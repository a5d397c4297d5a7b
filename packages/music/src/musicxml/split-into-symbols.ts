import { SIXTEENTHS_PER_BAR, SIXTEENTHS_PER_BEAT, type Voice } from './sheet.js';

/** A chord, a note or a rest as it is written: within a bar, of a length that has a sign. */
export interface NoteSymbol {
  /** The place in its bar, from 0. */
  readonly startSixteenth: number;
  readonly sixteenths: number;
  /** The pitches of a chord; none of a rest. */
  readonly pitches: readonly number[];
  /** Whether it goes on a symbol before it. */
  readonly isTiedBack: boolean;
  /** Whether another symbol goes on with it. */
  readonly isTiedOn: boolean;
}

/** Lengths that notes are written with, some with a dot, and rests. */
const NOTE_LENGTHS = [16, 12, 8, 6, 4, 3, 2, 1];
const REST_LENGTHS = [16, 8, 4, 2, 1];
const HALF_BAR = SIXTEENTHS_PER_BAR / 2;
const EIGHTH = SIXTEENTHS_PER_BEAT / 2;

/**
 * Fills bars with the symbols of a voice: notes, ties over bar lines and over beats that a reader must
 * see, and rests between the notes.
 *
 * @param bars - Number of bars, which hold all notes.
 * @returns symbols by bar; those of a bar last as long as it.
 */
export function splitIntoSymbols(voice: Voice, bars: number): readonly (readonly NoteSymbol[])[] {
  const symbols: NoteSymbol[][] = Array.from({ length: bars }, () => []);
  const write = (start: number, end: number, pitches: readonly number[]): void => {
    for (let at = start; at < end;) {
      const place = at % SIXTEENTHS_PER_BAR;
      const most = Math.min(end - at, SIXTEENTHS_PER_BAR - place);
      const isRest = pitches.length === 0;
      const sixteenths = isRest ? restLength(place, most) : noteLength(place, most);
      symbols[Math.floor(at / SIXTEENTHS_PER_BAR)].push({
        startSixteenth: place,
        sixteenths,
        pitches,
        isTiedBack: !isRest && at > start,
        isTiedOn: !isRest && at + sixteenths < end,
      });
      at += sixteenths;
    }
  };
  let written = 0;
  for (let i = 0; i < voice.length;) {
    const { startSixteenth, endSixteenth } = voice[i];
    const pitches: number[] = [];
    for (; voice.at(i)?.startSixteenth === startSixteenth; i++) pitches.push(voice[i].pitch);
    write(written, startSixteenth, []);
    write(startSixteenth, endSixteenth, pitches);
    written = endSixteenth;
  }
  write(written, bars * SIXTEENTHS_PER_BAR, []);
  return symbols;
}

/** The longest note that hides no beat, except between two eighths, and no half bar, except between beats. */
function noteLength(place: number, most: number): number {
  const isClear = (length: number): boolean => {
    const end = place + length;
    const crosses = (grid: number): boolean => Math.floor(place / grid) < Math.ceil(end / grid) - 1;
    const liesOn = (grid: number): boolean => place % grid === 0 && end % grid === 0;
    return (
      (!crosses(SIXTEENTHS_PER_BEAT) || liesOn(EIGHTH)) &&
      (!crosses(HALF_BAR) || liesOn(SIXTEENTHS_PER_BEAT))
    );
  };
  return NOTE_LENGTHS.find((length) => length <= most && isClear(length)) ?? 1;
}

/** The longest rest that stands on the grid of its own length. */
function restLength(place: number, most: number): number {
  return REST_LENGTHS.find((length) => length <= most && place % length === 0) ?? 1;
}
