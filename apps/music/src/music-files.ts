import type { Artifact } from '@ramble/core';
import type { ContentOptions } from '@ramble/core/app';
import {
  compressMusicXml,
  drawPianoRoll,
  drawScore,
  type MidiPiece,
  parseMeter,
  parseMidi,
  parseScore,
  performanceSheet,
  type Score,
  scoreSheet,
  type Sheet,
  type StepNote,
  STEPS_PER_SECOND,
  toMidi,
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

/** Reads the forms of a file as a performance: all notes but drums, with the times and the meter of the file. */
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

/** Reads the forms of a file as a score for several instruments. */
export function scoreForms(
  name: string,
  content: Uint8Array,
  options?: ContentOptions,
): MusicForms {
  const score = readScore(name, content, options);
  return { ...formsOfScore(score), midi: () => toMidi(name, content) };
}

/** Returns the forms of a score. */
export function formsOfScore(score: Score): MusicForms {
  return {
    midi: () => writeScore(score),
    roll: () => drawScore(score),
    sheet: () => scoreSheet(score),
  };
}

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

const MUSIC_EXTENSIONS = ['.mid', '.midi', '.musicxml', '.mxl'] as const;

/** Extensions of the files that music can be read from. */
export const INPUT_EXTENSIONS = [...MUSIC_EXTENSIONS, '.abc'] as const;

/** Extensions of the files that music can be written to. */
export const OUTPUT_EXTENSIONS = [...MUSIC_EXTENSIONS, '.svg'] as const;

/** Forms of music, which are made on demand. */
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

/** Returns the forms of notes. */
export function formsOf(notes: readonly StepNote[], sheet: () => Sheet): MusicForms {
  return { midi: () => writeMidi(notes), roll: () => drawPianoRoll(notes), sheet };
}
