import { type SheetBar, SIXTEENTHS_PER_BEAT, type Voice } from './sheet.js';

/** A chord, note or rest within a bar whose length can be written as one symbol. */
export interface NoteSymbol {
  /** Position in its bar, from 0. */
  readonly startSixteenth: number;
  readonly sixteenths: number;
  /** Pitches of the chord; empty for a rest. */
  readonly pitches: readonly number[];
  /** Whether the symbol is tied to the symbol before it. */
  readonly isTiedBack: boolean;
  /** Whether the symbol is tied to the symbol after it. */
  readonly isTiedOn: boolean;
}

/** Lengths of note symbols in sixteenths, some with a dot, and of rests. */
const NOTE_LENGTHS = [24, 16, 12, 8, 6, 4, 3, 2, 1];
const REST_LENGTHS = [16, 8, 4, 2, 1];
const DOTTED_QUARTER = 6;
const EIGHTH = SIXTEENTHS_PER_BEAT / 2;

/**
 * Fills bars with the symbols of a voice: notes, ties over bar lines and over beats that a reader must see,
 * and rests between the notes.
 *
 * @param bars - Bars that contain all notes; the first begins at 0.
 * @returns symbols by bar; the symbols of a bar last as long as the bar.
 */
export function splitIntoSymbols(
  voice: Voice,
  bars: readonly SheetBar[],
): readonly (readonly NoteSymbol[])[] {
  const symbols: NoteSymbol[][] = bars.map(() => []);
  let b = 0;
  const write = (start: number, end: number, pitches: readonly number[]): void => {
    for (let at = start; at < end;) {
      while (bars[b].startSixteenth + bars[b].sixteenths <= at) b++;
      const bar = bars[b];
      const place = at - bar.startSixteenth;
      const max = Math.min(end - at, bar.sixteenths - place);
      const isRest = pitches.length === 0;
      const sixteenths = isRest ? restLength(bar, place, max) : noteLength(bar, place, max);
      symbols[b].push({
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
  const { startSixteenth, sixteenths } = bars[bars.length - 1];
  write(written, startSixteenth + sixteenths, []);
  return symbols;
}

/**
 * Returns the length of the longest note that hides no beat and no half bar. A note from beat to beat hides
 * neither. If beats are quarters, a note between two eighths may also cross one beat.
 */
function noteLength({ beats, half = Infinity }: SheetBar, place: number, max: number): number {
  const areQuarters = beats.every((beat) => beat % SIXTEENTHS_PER_BEAT === 0);
  const isClear = (length: number): boolean => {
    const end = place + length;
    const crossed = beats.filter((beat) => place < beat && beat < end);
    if (crossed.length === 0 || (beats.includes(place) && beats.includes(end))) return true;
    const liesOnEighths = place % EIGHTH === 0 && end % EIGHTH === 0;
    const isShort = crossed.length === 1 || beats.includes(place);
    return areQuarters && liesOnEighths && isShort && !crossed.includes(half);
  };
  return NOTE_LENGTHS.find((length) => length <= max && isClear(length)) ?? 1;
}

/**
 * Returns the length of the longest rest: the whole bar; several quarters of a half bar, on the grid of their
 * own length; a whole beat; or, within a beat, a rest on the grid of its own length.
 */
function restLength({ beats, half, sixteenths }: SheetBar, place: number, max: number): number {
  if (max === sixteenths) return sixteenths;
  const next = beats.findIndex((beat) => beat > place);
  const start = beats[next - 1];
  const left = Math.min(max, beats[next] - place);
  if (place === start && left === DOTTED_QUARTER && beats[next] - start === left) return left;
  const fits = (length: number): boolean => {
    if (length <= left) return (place - start) % length === 0;
    const isOnBeats = place === start && beats.includes(place + length);
    return length <= max && isOnBeats && place % length === 0 && (half ?? 1) % length === 0;
  };
  return REST_LENGTHS.find(fits) ?? 1;
}
