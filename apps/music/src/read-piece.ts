import type { ContentOptions } from '@ramble/core/app';
import { type MidiPiece, parseMeter, parseMidi } from '@ramble/music';

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
