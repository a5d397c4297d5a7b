import type { Artifact } from '@ramble/core';
import { drawPianoRoll, type StepNote, writeMidi } from '@ramble/music';

/** Endings of the files that notes can be written to. */
export const NOTE_EXTENSIONS = ['.mid', '.midi', '.svg'] as const;

/** Notes as a MIDI file, or as a piano roll where its ending is asked for. */
export function showNotes(notes: readonly StepNote[], extension?: string): Artifact {
  return extension === '.svg'
    ? { kind: 'text', text: drawPianoRoll(notes) }
    : { kind: 'file', extension: '.mid', bytes: writeMidi(notes) };
}
