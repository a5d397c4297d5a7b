import type { SheetNote } from '../musicxml/sheet.js';
import { type Chorale, SILENT } from './chorale.js';

/**
 * The notes of a voice, on the grid of sixteenths: where it keeps its pitch it holds the note.
 *
 * @param voice - 0 for soprano, 3 for bass.
 */
export function voiceNotes(chorale: Chorale, voice: number): readonly SheetNote[] {
  const notes: SheetNote[] = [];
  let from = 0;
  const pitchAt = (step: number): number | undefined => chorale.at(step)?.[voice];
  for (let step = 1; step <= chorale.length; step++) {
    const pitch = pitchAt(from);
    if (step < chorale.length && pitchAt(step) === pitch) continue;
    if (pitch !== undefined && pitch !== SILENT) {
      notes.push({ startSixteenth: from, endSixteenth: step, pitch });
    }
    from = step;
  }
  return notes;
}
