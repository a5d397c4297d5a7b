import type { Artifact } from '@ramble/core';
import type { ContentOptions } from '@ramble/core/app';
import {
  drawPianoRoll,
  type MidiPiece,
  parseInstruments,
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

/** Returns a function that reads one MIDI file, and reports the repairs that were made in it. */
function reader<Piece extends Pick<Score, 'repairs'>>(
  parse: (name: string, content: Uint8Array) => Piece,
): (name: string, content: Uint8Array, options?: ContentOptions) => Piece {
  return (name, content, { onRepair } = {}) => {
    const piece = parse(name, content);
    for (const repair of piece.repairs) onRepair?.(`${name}: ${repair}`);
    return piece;
  };
}

/** Reads the score of one MIDI file. */
export const readScore = reader(parseScore);
/** Reads the notes of all instruments of one MIDI file. */
export const readInstruments = reader(parseInstruments);

/** A setting of a prompt that names a MIDI file. */
export const MIDI_FILE = { kind: 'string', derived: 'none' } as const;

/** The setting of a piece to continue. */
export const PRIMER = {
  ...MIDI_FILE,
  basic: true,
  description: 'A MIDI file to continue.',
} as const;

/**
 * Checks that a prompt whose setting names a file has a piece.
 *
 * @throws RangeError for an empty file.
 */
export function checkPiece(piece: unknown, file: string | undefined): void {
  if (piece === undefined && file !== undefined) {
    throw new RangeError('prompt: expected a MIDI file, got an empty one');
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
