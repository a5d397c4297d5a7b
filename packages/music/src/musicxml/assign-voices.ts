import { firstIndex } from '../notes/note.js';
import { DRUMS } from '../score/score.js';
import { type SheetNote, SIXTEENTHS_PER_BEAT, type Staff, type Voice } from './sheet.js';

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
  const endOf = (voice: number): number => voices[voice].at(-1)?.endSixteenth ?? 0;
  for (let i = 0; i < notes.length;) {
    const start = notes[i].startSixteenth;
    const together: SheetNote[] = [];
    for (; notes.at(i)?.startSixteenth === start; i++) together.push(notes[i]);
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

/** Returns the first free voice, or else the voice that would end first. */
function placeFor(start: number, firstEnd: number, secondEnd: number): number {
  if (firstEnd <= start) return 0;
  if (secondEnd <= start) return 1;
  return firstEnd <= secondEnd ? 0 : 1;
}

/** Splits notes into one or two chords, the higher first. */
function chordsOf(together: readonly SheetNote[]): readonly (readonly SheetNote[])[] {
  const start = together[0].startSixteenth;
  const longest = together.reduce((end, note) => Math.max(end, note.endSixteenth), 0) - start;
  const isLong = (note: SheetNote): boolean => 2 * (note.endSixteenth - start) >= longest;
  return [together.filter(isLong), together.filter((note) => !isLong(note))]
    .filter((chord) => chord.length > 0)
    .map((chord) => {
      const end = chord.reduce((first, note) => Math.min(first, note.endSixteenth), Infinity);
      return chord.map((note) => ({ ...note, endSixteenth: end }));
    })
    .sort((a, b) => meanPitch(b) - meanPitch(a));
}

function meanPitch(chord: readonly SheetNote[]): number {
  return chord.reduce((sum, { pitch }) => sum + pitch, 0) / chord.length;
}

function cutAt(end: number, voice: readonly SheetNote[]): SheetNote[] {
  return voice.map((note) => (note.endSixteenth > end ? { ...note, endSixteenth: end } : note));
}

/** Whether an instrument is read from two staves: keyboards, mallets, organs and the harp. */
function hasTwoStaves(program: number): boolean {
  return program < 24 || program === 46;
}

function isGuitar(program: number): boolean {
  return program >= 24 && program < 32;
}

/** Whether an instrument sounds an octave lower than written: guitars, basses and the contrabass. */
function soundsLower(program: number): boolean {
  return (program >= 24 && program < 40) || program === 43;
}

const MIDDLE_C = 60;

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
    const { startSixteenth } = note;
    const next = firstIndex(notes, (other) => other.startSixteenth > startSixteenth);
    const quarterEnd =
      startSixteenth - (startSixteenth % SIXTEENTHS_PER_BEAT) + SIXTEENTHS_PER_BEAT;
    const endSixteenth = Math.min(quarterEnd, notes.at(next)?.startSixteenth ?? Infinity);
    return { ...note, endSixteenth };
  });
}
