import type { SheetNote, Voice } from './sheet.js';

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
