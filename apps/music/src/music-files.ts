import type { Artifact } from '@ramble/core';
import type { ContentOptions } from '@ramble/core/app';
import {
  type BandPrompt,
  drawPianoRoll,
  drawScore,
  fillRegion,
  type FillRegion,
  findRegion,
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
  writeScore,
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

/** The setting of the instruments of an output. */
export const TRACKS = {
  kind: 'string',
  basic: true,
  default: 'all',
  description:
    'Instruments that play: all, or a list of drums, families such as bass, and MIDI programs such as 0-7.',
} as const;

/** The setting of a piece to which tracks are added. */
export const GIVEN = {
  ...MIDI_FILE,
  basic: true,
  description:
    'A MIDI file to write tracks to: the tracks of --tracks are replaced, its other tracks are kept.',
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

/** Shows a score as a MIDI file, or as a piano roll for the extension `.svg`. */
export function showScore(score: Score, extension?: string, prompt?: BandPrompt): Artifact {
  const bytes = bandMidi(score, prompt);
  if (extension !== '.svg') return { kind: 'file', extension: '.mid', bytes };
  return { kind: 'text', text: drawScore(prompt?.fill ? parseScore('output', bytes) : score) };
}

/** Writes a score as a MIDI file; if it fills in a region of a file, writes that file with the region's notes. */
export function bandMidi(score: Score, { fill, given }: BandPrompt = {}): Uint8Array {
  if (!fill || !given) return writeScore(score);
  const ticks = given.ticksPerQuarter / score.ticksPerQuarter;
  const parts = score.parts.map(({ program, notes }) => ({
    program,
    notes: notes.map((note) => ({
      ...note,
      tick: Math.round(note.tick * ticks),
      durationTicks: Math.round(note.durationTicks * ticks),
    })),
  }));
  return fillRegion(fill, parts);
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
