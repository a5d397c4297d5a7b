import type { Artifact } from '@ramble/core';
import type { ContentOptions } from '@ramble/core/app';
import {
  applyPedal,
  type BandPrompt,
  compressMusicXml,
  drawPianoRoll,
  drawScore,
  fillRegion,
  type FillRegion,
  findRegion,
  inSeconds,
  type MidiPiece,
  type MusicPrompt,
  onGrid,
  parseAria,
  parseInstruments,
  parseMeter,
  parseMidi,
  parseScore,
  performanceSheet,
  promptMeter,
  type Score,
  scoreSheet,
  secondsToTicks,
  type Sheet,
  type StepNote,
  STEPS_PER_SECOND,
  toMidi,
  writeMidi,
  writeMusicXml,
  writeScore,
} from '@ramble/music';

/**
 * Reads a MIDI file with its time signatures.
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

/** Returns a function that reads one file, and reports the repairs that were made in it. */
function reader<Piece extends Pick<Score, 'repairs'>>(
  parse: (name: string, content: Uint8Array) => Piece,
): (name: string, content: Uint8Array, options?: ContentOptions) => Piece {
  return (name, content, { onRepair } = {}) => {
    const piece = parse(name, content);
    for (const repair of piece.repairs) onRepair?.(`${name}: ${repair}`);
    return piece;
  };
}

/**
 * Reads a MIDI file as a score with tracks. `readInstruments` reads it as notes of all instruments, `readAria` as
 * notes for Aria.
 */
export const readScore = reader(parseScore);
export const readInstruments = reader(parseInstruments);
export const readAria = reader(parseAria);

/**
 * Reads a file as a performance (all notes except drums, at exact times), and returns functions that write it as
 * MIDI, piano roll or sheet music.
 */
export function performanceForms(
  name: string,
  content: Uint8Array,
  options?: ContentOptions,
): MusicForms {
  const { notes, meter } = readPiece(name, content, options);
  const struck = notes
    .filter(({ isDrum }) => !isDrum)
    .map(({ startSeconds, endSeconds, pitch, velocity }) => {
      const [startStep, endStep] = [startSeconds, endSeconds].map((at) => STEPS_PER_SECOND * at);
      return { startStep, endStep, pitch, velocity };
    });
  return {
    ...formsOf(struck, () => performanceSheet(struck, meter)),
    midi: () => toMidi(name, content),
  };
}

/**
 * Reads a file as a score for several instruments, and returns functions that write it as MIDI, piano roll or sheet
 * music.
 */
export function scoreForms(
  name: string,
  content: Uint8Array,
  options?: ContentOptions,
): MusicForms {
  const score = readScore(name, content, options);
  return { ...formsOfScore(score), midi: () => toMidi(name, content) };
}

/**
 * Returns functions that write a score as MIDI, piano roll or sheet music. If the score fills in a region of the
 * prompt's file, they write the whole file.
 */
export function formsOfScore(score: Score, prompt: BandPrompt = {}): MusicForms {
  const midi = (): Uint8Array => bandMidi(score, prompt);
  const whole = (): Score => (prompt.fill ? parseScore('output', midi()) : score);
  return { midi, roll: () => drawScore(whole()), sheet: () => scoreSheet(whole()) };
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

/** A setting of a prompt that names a MIDI file. */
export const MIDI_FILE = { kind: 'string', derived: 'none' } as const;

/** The setting of a piece to continue. */
export const PRIMER = {
  ...MIDI_FILE,
  basic: true,
  description: 'A file to continue: MIDI, MusicXML or ABC.',
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
    'A file of music to write tracks to: the tracks of --tracks are replaced, its other tracks are kept.',
} as const;

/** The setting of a region that is written anew. */
export const FILL = {
  kind: 'string',
  basic: true,
  derived: 'none',
  description:
    'Region of the given file to write anew, such as "bars 5-8" or "seconds 10-20"; all else stays unchanged.',
} as const;

/** Settings that fill in a region of a file: the name of the file, and the region. */
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
 * Checks that the file that a prompt setting names contained a piece.
 *
 * @param kind - Kind of file in the error.
 * @throws RangeError for an empty file.
 */
export function checkPiece(piece: unknown, file: string | undefined, kind = 'a MIDI file'): void {
  if (piece === undefined && file !== undefined) {
    throw new RangeError(`prompt: expected ${kind}, got an empty one`);
  }
}

/** Extensions of the output files for notes that are not quantized to a grid, so that there is no sheet music. */
export const NOTE_EXTENSIONS = ['.mid', '.midi', '.svg'] as const;
const MUSIC_EXTENSIONS = ['.mid', '.midi', '.musicxml', '.mxl'] as const;

/** Extensions of the files that music can be read from. */
export const INPUT_EXTENSIONS = [...MUSIC_EXTENSIONS, '.abc'] as const;

/** Extensions of the files that music can be written to. */
export const OUTPUT_EXTENSIONS = [...MUSIC_EXTENSIONS, '.svg'] as const;

/** Forms in which a piece of music can be written: functions that make a MIDI file, a piano roll or sheet music. */
export interface MusicForms {
  readonly midi: () => Uint8Array;
  /** A piano roll in SVG. */
  readonly roll: () => string;
  readonly sheet: () => Sheet;
}

/** Shows music as a MIDI file, a piano roll or sheet music, by the requested extension. */
export function showMusic({ midi, roll, sheet }: MusicForms, extension?: string): Artifact {
  switch (extension) {
    case '.svg':
      return { kind: 'text', text: roll() };
    case '.musicxml':
      return { kind: 'text', text: writeMusicXml(sheet()) };
    case '.mxl':
      return { kind: 'file', extension, bytes: compressMusicXml(writeMusicXml(sheet())) };
    default:
      return { kind: 'file', extension: '.mid', bytes: midi() };
  }
}

/** Returns functions that write notes as MIDI, piano roll or sheet music. */
function formsOf(notes: readonly StepNote[], sheet: () => Sheet): MusicForms {
  return { midi: () => writeMidi(notes), roll: () => drawPianoRoll(notes), sheet };
}

/** MIDI program of the notes that fill in a region, and the programs of the notes that they replace: all but drums. */
const [PIANO, PITCHED] = [0, Array.from({ length: 128 }, (_, program) => program)];

/**
 * Returns functions that write notes as MIDI, piano roll or sheet music. If the notes fill in a region of the
 * prompt's file, they write the whole file.
 */
export function formsOfPerformance(
  output: readonly StepNote[],
  prompt: MusicPrompt = {},
): MusicForms {
  const midi = (): Uint8Array => performanceMidi(output, prompt);
  const notes = prompt.fill ? onGrid(applyPedal(readPiece('output', midi()))) : output;
  return { ...formsOf(notes, () => performanceSheet(notes, promptMeter(prompt))), midi };
}

/** Writes notes as a MIDI file; if they fill in a region of a file, writes that file with the region's notes. */
export function performanceMidi(
  notes: readonly StepNote[],
  { fill }: MusicPrompt = {},
): Uint8Array {
  if (!fill) return writeMidi(notes);
  const tickAt = secondsToTicks(fill.file);
  const inTicks = notes.map(inSeconds).map(({ startSeconds, endSeconds, pitch, velocity }) => {
    const tick = tickAt(startSeconds);
    return { tick, durationTicks: Math.max(1, tickAt(endSeconds) - tick), pitch, velocity };
  });
  return fillRegion({ programs: PITCHED, ...fill }, [{ program: PIANO, notes: inTicks }]);
}
