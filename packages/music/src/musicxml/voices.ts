import { firstIndex } from '../notes/note.js';
import { DRUMS } from '../score/score.js';
import {
  EIGHTH,
  QUARTER,
  type SheetBar,
  type SheetNote,
  SIXTEENTH,
  type Staff,
  type Voice,
} from './sheet.js';

/** Maximum number of voices of a staff, as pianists read them: one with stems up, one with stems down. */
const VOICES = 2;

/**
 * Assigns the notes of a staff to two voices, in which notes that begin together also end together
 * and none overlap. Notes can only get shorter. Among notes that begin together, those at least
 * half as long as the longest form a chord as long as its shortest note; the others form a second
 * chord. If both voices sound, the note that would end first is cut.
 *
 * @param notes - In the order of their starts.
 */
export function assignVoices(notes: readonly SheetNote[]): readonly Voice[] {
  const voices: SheetNote[][] = Array.from({ length: VOICES }, () => []);
  const endOf = (voice: number): number => voices[voice].at(-1)?.endDivision ?? 0;
  for (let i = 0; i < notes.length;) {
    const start = notes[i].startDivision;
    const together: SheetNote[] = [];
    for (; notes.at(i)?.startDivision === start; i++) together.push(notes[i]);
    const chords = chordsOf(together);
    const places = chords.length > 1 ? [0, 1] : [placeFor(start, endOf(0), endOf(1))];
    chords.forEach((chord, c) => {
      const voice = voices[places[c]];
      if (endOf(places[c]) > start) voices[places[c]] = cutAt(start, voice);
      voices[places[c]].push(...chord);
    });
  }
  return voices;
}

/** Returns the index of the first voice that is free at `start`; if both sound, of the voice that would end first. */
function placeFor(start: number, firstEnd: number, secondEnd: number): number {
  if (firstEnd <= start) return 0;
  if (secondEnd <= start) return 1;
  return firstEnd <= secondEnd ? 0 : 1;
}

/** Splits notes that begin together into one or two chords, the higher chord first. */
function chordsOf(together: readonly SheetNote[]): readonly (readonly SheetNote[])[] {
  const start = together[0].startDivision;
  const longest = together.reduce((end, note) => Math.max(end, note.endDivision), 0) - start;
  const isLong = (note: SheetNote): boolean => 2 * (note.endDivision - start) >= longest;
  return [together.filter(isLong), together.filter((note) => !isLong(note))]
    .filter((chord) => chord.length > 0)
    .map((chord) => {
      const end = chord.reduce((first, note) => Math.min(first, note.endDivision), Infinity);
      return chord.map((note) => ({ ...note, endDivision: end }));
    })
    .sort((a, b) => meanPitch(b) - meanPitch(a));
}

function meanPitch(chord: readonly SheetNote[]): number {
  return chord.reduce((sum, { pitch }) => sum + pitch, 0) / chord.length;
}

function cutAt(end: number, voice: readonly SheetNote[]): SheetNote[] {
  return voice.map((note) => (note.endDivision > end ? { ...note, endDivision: end } : note));
}

/** Whether an instrument is read from two staves: keyboards, mallets, organs and the harp. */
export function hasTwoStaves(program: number): boolean {
  return program < 24 || program === 46;
}

function isGuitar(program: number): boolean {
  return program >= 24 && program < 32;
}

/** Whether an instrument sounds an octave lower than written: guitars, basses and the contrabass. */
function soundsLower(program: number): boolean {
  return (program >= 24 && program < 40) || program === 43;
}

/** MIDI pitch of middle C, the lowest pitch that is written for the right hand of a pianist. */
export const MIDDLE_C = 60;

/** Returns the two staves of a pianist: middle C and above for the right hand, the rest for the left. */
export function handsOf(notes: readonly SheetNote[]): readonly Staff[] {
  return [
    { clef: 'treble', voices: assignVoices(notes.filter(({ pitch }) => pitch >= MIDDLE_C)) },
    { clef: 'bass', voices: assignVoices(notes.filter(({ pitch }) => pitch < MIDDLE_C)) },
  ];
}

/**
 * Returns the staves of an instrument with the clefs that its players read.
 *
 * @param program - A MIDI program, or `DRUMS`.
 * @param notes - In the order of their starts.
 */
export function stavesOf(program: number, notes: readonly SheetNote[]): readonly Staff[] {
  if (program === DRUMS) return [{ clef: 'percussion', voices: [untilTheNext(notes)] }];
  const low = notes.filter(({ pitch }) => pitch < MIDDLE_C).length;
  if (hasTwoStaves(program) && low > 0 && low < notes.length) return handsOf(notes);
  const isLower = soundsLower(program);
  const isLow = 2 * low > notes.length && !isGuitar(program);
  const clef = isLow ? (isLower ? 'bass8' : 'bass') : isLower ? 'treble8' : 'treble';
  return [{ clef, voices: assignVoices(notes) }];
}

/** Ends each note where the next begins, at the latest at the end of its quarter. */
function untilTheNext(notes: readonly SheetNote[]): readonly SheetNote[] {
  return notes.map((note) => {
    const { startDivision } = note;
    const next = firstIndex(notes, (other) => other.startDivision > startDivision);
    const quarterEnd = startDivision - (startDivision % QUARTER) + QUARTER;
    const endDivision = Math.min(quarterEnd, notes.at(next)?.startDivision ?? Infinity);
    return { ...note, endDivision };
  });
}

/** A chord, note or rest within a bar whose length can be written as one symbol. */
export interface NoteSymbol {
  /** Position of the symbol in its bar, in divisions from 0. */
  readonly startDivision: number;
  readonly divisions: number;
  /**
   * Whether the symbol is part of a triplet, in which three notes last as long as two notes of the same value outside
   * a triplet.
   */
  readonly isTriplet: boolean;
  /** Pitches of the chord; empty for a rest. */
  readonly pitches: readonly number[];
  /** Whether the symbol is tied to the symbol before it. */
  readonly isTiedBack: boolean;
  /** Whether the symbol is tied to the symbol after it. */
  readonly isTiedOn: boolean;
}

/**
 * Lengths of note symbols in divisions, from a dotted whole to a sixteenth. `REST_LENGTHS` has the lengths of rests.
 */
const NOTE_LENGTHS = [72, 48, 36, 24, 18, 12, 9, 6, 3];
const REST_LENGTHS = [48, 24, 12, 6, 3];
const DOTTED_QUARTER = 18;
/** Lengths of symbols in triplets, in divisions: a quarter, a dotted eighth (notes only), an eighth and a sixteenth. */
const TRIPLET_LENGTHS = [8, 6, 4, 2];

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
      while (bars[b].startDivision + bars[b].divisions <= at) b++;
      const bar = bars[b];
      const place = at - bar.startDivision;
      const max = Math.min(end - at, bar.divisions - place);
      const isRest = pitches.length === 0;
      const length = isRest ? restLength : noteLength;
      const { isTriplet, left } = beforeTriplets(place, max);
      const divisions = isTriplet ? tripletLength(left, isRest) : length(bar, place, left);
      symbols[b].push({
        ...{ startDivision: place, divisions, isTriplet, pitches },
        isTiedBack: !isRest && at > start,
        isTiedOn: !isRest && at + divisions < end,
      });
      at += divisions;
    }
  };
  let written = 0;
  for (let i = 0; i < voice.length;) {
    const { startDivision, endDivision } = voice[i];
    const pitches: number[] = [];
    for (; voice.at(i)?.startDivision === startDivision; i++) pitches.push(voice[i].pitch);
    write(written, startDivision, []);
    write(startDivision, endDivision, pitches);
    written = endDivision;
  }
  const { startDivision, divisions } = bars[bars.length - 1];
  write(written, startDivision + divisions, []);
  return symbols;
}

/**
 * Decides whether the symbol at a place is part of a triplet, and its maximum length. A triplet's symbol ends at the
 * latest with its quarter. A symbol outside a triplet ends at the latest where the note's last quarter begins, if the
 * note ends within a triplet.
 */
function beforeTriplets(place: number, max: number): { isTriplet: boolean; left: number } {
  const toQuarter = QUARTER - (place % QUARTER);
  if (place % SIXTEENTH !== 0) return { isTriplet: true, left: Math.min(max, toQuarter) };
  const end = place + max;
  if (end % SIXTEENTH === 0) return { isTriplet: false, left: max };
  if (max < toQuarter) return { isTriplet: true, left: max };
  return { isTriplet: false, left: max - (end % QUARTER) };
}

function tripletLength(max: number, isRest: boolean): number {
  const fits = (length: number): boolean => length <= max && !(isRest && length === EIGHTH);
  return TRIPLET_LENGTHS.find(fits) ?? max;
}

/**
 * Returns the length of the longest symbol for a note at a place that does not hide a beat or the middle of the bar; a
 * longer note continues with a tie. From one beat to another, any length is allowed. If beats are quarters, a note
 * between two eighths may also cross one beat.
 */
function noteLength({ beats, half = Infinity }: SheetBar, place: number, max: number): number {
  const areQuarters = beats.every((beat) => beat % QUARTER === 0);
  const isClear = (length: number): boolean => {
    const end = place + length;
    const crossed = beats.filter((beat) => place < beat && beat < end);
    if (crossed.length === 0 || (beats.includes(place) && beats.includes(end))) return true;
    const liesOnEighths = place % EIGHTH === 0 && end % EIGHTH === 0;
    const isShort = crossed.length === 1 || beats.includes(place);
    return areQuarters && liesOnEighths && isShort && !crossed.includes(half);
  };
  return NOTE_LENGTHS.find((length) => length <= max && isClear(length)) ?? SIXTEENTH;
}

/**
 * Returns the length of the longest rest that may be written at a place: the whole bar; several quarters within a half
 * bar, at a multiple of their length; a whole beat; or, within a beat, a rest at a multiple of its length.
 */
function restLength({ beats, half, divisions }: SheetBar, place: number, max: number): number {
  if (max === divisions) return divisions;
  const next = beats.findIndex((beat) => beat > place);
  const start = beats[next - 1];
  const left = Math.min(max, beats[next] - place);
  if (place === start && left === DOTTED_QUARTER && beats[next] - start === left) return left;
  const fits = (length: number): boolean => {
    if (length <= left) return (place - start) % length === 0;
    const isOnBeats = place === start && beats.includes(place + length);
    return length <= max && isOnBeats && place % length === 0 && (half ?? 1) % length === 0;
  };
  return REST_LENGTHS.find(fits) ?? SIXTEENTH;
}
