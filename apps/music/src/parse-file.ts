import { packPiece, parseMidi } from '@ramble/music';

/** A MIDI file that was read, or why it could not be. */
export type ParsedFile =
  | { readonly packed: Uint8Array<ArrayBuffer> }
  /** An error by its message: errors do not keep their kinds from one thread to another. */
  | { readonly refusal: string };

export interface MidiFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads one file; what a thread of the pool does. */
export default function parseFile({ name, bytes }: MidiFile): ParsedFile {
  try {
    return { packed: packPiece(parseMidi(name, bytes)) };
  } catch (error) {
    if (error instanceof RangeError) return { refusal: error.message };
    throw error;
  }
}
