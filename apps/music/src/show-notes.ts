import type { Artifact } from '@ramble/core';
import { drawPianoRoll, type Sheet, type StepNote, writeMidi, writeMusicXml } from '@ramble/music';

/** Endings of the files that notes can be written to. */
export const NOTE_EXTENSIONS = ['.mid', '.midi', '.svg'] as const;

/** Endings of the files that notes with bars, known or found, can be written to. */
export const SHEET_EXTENSIONS = [...NOTE_EXTENSIONS, '.musicxml'] as const;

/**
 * Notes as a MIDI file, or as a piano roll or sheet music where its ending is asked for.
 *
 * @param sheet - Makes the sheet music of the notes.
 */
export function showNotes(
  notes: readonly StepNote[],
  sheet: () => Sheet,
  extension?: string,
): Artifact {
  switch (extension) {
    case '.svg':
      return { kind: 'text', text: drawPianoRoll(notes) };
    case '.musicxml':
      return { kind: 'text', text: writeMusicXml(sheet()) };
    default:
      return { kind: 'file', extension: '.mid', bytes: writeMidi(notes) };
  }
}
