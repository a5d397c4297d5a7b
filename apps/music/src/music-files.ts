import type { Artifact } from '@ramble/core';
import type { ContentOptions } from '@ramble/core/app';
import {
  drawPianoRoll,
  type FillRegion,
  findRegion,
  type MidiPiece,
  parseMeter,
  parseMidi,
  parseScore,
  type Score,
  type Sheet,
  type StepNote,
  writeMidi,
  writeMusicXml,
} from '@ramble/music';

/**
 * Reads the piece of one MIDI file, with its meter.
 *
 * @param name - Name of the file in errors and repairs.
 * @throws RangeError when it cannot be read.
 */
export function readPiece(
  name: string,
  content: Uint8Array,
  { onRepair }: ContentOptions = {},
): MidiPiece {
  const piece = parseMidi(name, content);
  for (const repair of piece.repairs) onRepair?.(`${name}: ${repair}`);
  return { ...piece, meter: parseMeter(name, content) };
}

/** Reads the score of one MIDI file, and reports the repairs that were made in it. */
export function readScore(
  name: string,
  content: Uint8Array,
  { onRepair }: ContentOptions = {},
): Score {
  const score = parseScore(name, content);
  for (const repair of score.repairs) onRepair?.(`${name}: ${repair}`);
  return score;
}

/** A setting of a prompt that names a MIDI file. */
export const MIDI_FILE = { kind: 'string', derived: 'none' } as const;

/** The setting of a piece to continue. */
export const PRIMER = {
  ...MIDI_FILE,
  basic: true,
  description: 'A MIDI file to continue.',
} as const;

/** The setting of a region that is written anew. */
export const FILL = {
  kind: 'string',
  basic: true,
  derived: 'none',
  description:
    'Region of the given file to write anew, such as "bars 5-8" or "seconds 10-20"; all else stays unchanged.',
} as const;

/** Settings that fill in a region of a file. */
export interface FillOptions {
  readonly given?: string;
  readonly fill?: string;
}

/**
 * Finds the region of a prompt's file that is written anew, if one is requested.
 *
 * @throws RangeError for a region without a given file, and for an invalid region.
 */
export function askedRegion(
  file: Uint8Array | undefined,
  { given, fill }: FillOptions,
): FillRegion | undefined {
  if (fill === undefined) return undefined;
  if (given === undefined || file === undefined) {
    throw new RangeError('fill: a region needs a file; name it with --given song.mid');
  }
  return findRegion(file, fill);
}

/**
 * Checks that a prompt whose setting names a file has a piece.
 *
 * @param kind - Kind of file in the error.
 * @throws RangeError for an empty file.
 */
export function checkPiece(piece: unknown, file: string | undefined, kind = 'a MIDI file'): void {
  if (piece === undefined && file !== undefined) {
    throw new RangeError(`prompt: expected ${kind}, got an empty one`);
  }
}

/** Extensions of the files that notes can be written to. */
export const NOTE_EXTENSIONS = ['.mid', '.midi', '.svg'] as const;

/** Extensions of the files that notes can be written to if sheet music can be made of them. */
export const SHEET_EXTENSIONS = [...NOTE_EXTENSIONS, '.musicxml'] as const;

/**
 * Shows notes as a MIDI file, a piano roll or sheet music, by the requested extension.
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
