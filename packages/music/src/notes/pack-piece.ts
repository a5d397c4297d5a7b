import type { MidiPiece, PedalMove, StruckNote } from './note.js';

/**
 * First word of a packed piece: `RMP2` in little-endian order. The 2 changes with the format and with the repairs of
 * files.
 */
const MAGIC = 0x32504d52;
const HEADER_WORDS = 4;
const NOTE_BYTES = 2 * 8 + 2 + 4;
const MOVE_BYTES = 8 + 2 + 1;

/** Columns of a packed piece; wide ones first, so that each is aligned. */
interface Columns {
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly moveSeconds: Float64Array;
  readonly instrument: Uint16Array;
  readonly moveInstrument: Uint16Array;
  readonly pitch: Uint8Array;
  readonly velocity: Uint8Array;
  readonly program: Uint8Array;
  readonly isDrum: Uint8Array;
  readonly moveValue: Uint8Array;
  readonly repairs: Uint8Array;
}

/**
 * Packs a piece into bytes, 22 per note, for caches and other threads. Reading it is about twenty times as
 * fast as reading the MIDI file. Times keep all their bits.
 *
 * @returns bytes in this machine's byte order, because no other machine reads them.
 */
export function packPiece({ notes, pedal, repairs }: MidiPiece): Uint8Array<ArrayBuffer> {
  const words = new TextEncoder().encode(JSON.stringify(repairs));
  const counts = [notes.length, pedal.length, words.length] as const;
  const bytes = new Uint8Array(sizeOf(...counts));
  new Uint32Array(bytes.buffer, 0, HEADER_WORDS).set([MAGIC, ...counts]);
  const columns = columnsOf(bytes, ...counts);
  notes.forEach((note, i) => {
    columns.start[i] = note.startSeconds;
    columns.end[i] = note.endSeconds;
    columns.instrument[i] = note.instrument;
    columns.pitch[i] = note.pitch;
    columns.velocity[i] = note.velocity;
    columns.program[i] = note.program;
    columns.isDrum[i] = Number(note.isDrum);
  });
  pedal.forEach((move, i) => {
    columns.moveSeconds[i] = move.seconds;
    columns.moveInstrument[i] = move.instrument;
    columns.moveValue[i] = move.value;
  });
  columns.repairs.set(words);
  return bytes;
}

/**
 * Reads a packed piece. The piece keeps the bytes and decodes its notes each time that they are read, so that
 * a large collection takes no more memory than its bytes.
 *
 * @returns `undefined` for bytes that `packPiece` did not write.
 */
export function unpackPiece(name: string, packed: Uint8Array): MidiPiece | undefined {
  if (packed.length < 4 * HEADER_WORDS) return undefined;
  const bytes = packed.byteOffset % 8 === 0 ? packed : packed.slice();
  const [magic, ...counts] = new Uint32Array(bytes.buffer, bytes.byteOffset, HEADER_WORDS);
  const [noteCount, moveCount, wordBytes] = counts;
  if (magic !== MAGIC || bytes.length !== sizeOf(noteCount, moveCount, wordBytes)) return undefined;
  const columns = columnsOf(bytes, noteCount, moveCount, wordBytes);
  const repairs = JSON.parse(new TextDecoder().decode(columns.repairs)) as string[]; // of our making
  return {
    name,
    repairs,
    get notes() {
      return Array.from({ length: noteCount }, (_, i): StruckNote => noteAt(columns, i));
    },
    get pedal() {
      return Array.from({ length: moveCount }, (_, i): PedalMove => moveAt(columns, i));
    },
  };
}

function sizeOf(notes: number, moves: number, wordBytes: number): number {
  return 4 * HEADER_WORDS + notes * NOTE_BYTES + moves * MOVE_BYTES + wordBytes;
}

function columnsOf(
  { buffer, byteOffset }: Uint8Array,
  notes: number,
  moves: number,
  wordBytes: number,
): Columns {
  let at = byteOffset + 4 * HEADER_WORDS;
  const take = <Column>(
    type: new (buffer: ArrayBufferLike, at: number, length: number) => Column,
    length: number,
    itemBytes: number,
  ): Column => {
    const column = new type(buffer, at, length);
    at += length * itemBytes;
    return column;
  };
  return {
    start: take(Float64Array, notes, 8),
    end: take(Float64Array, notes, 8),
    moveSeconds: take(Float64Array, moves, 8),
    instrument: take(Uint16Array, notes, 2),
    moveInstrument: take(Uint16Array, moves, 2),
    pitch: take(Uint8Array, notes, 1),
    velocity: take(Uint8Array, notes, 1),
    program: take(Uint8Array, notes, 1),
    isDrum: take(Uint8Array, notes, 1),
    moveValue: take(Uint8Array, moves, 1),
    repairs: take(Uint8Array, wordBytes, 1),
  };
}

function noteAt(columns: Columns, i: number): StruckNote {
  return {
    startSeconds: columns.start[i],
    endSeconds: columns.end[i],
    pitch: columns.pitch[i],
    velocity: columns.velocity[i],
    instrument: columns.instrument[i],
    program: columns.program[i],
    isDrum: columns.isDrum[i] === 1,
  };
}

function moveAt(columns: Columns, i: number): PedalMove {
  return {
    seconds: columns.moveSeconds[i],
    value: columns.moveValue[i],
    instrument: columns.moveInstrument[i],
  };
}
