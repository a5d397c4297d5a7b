import type { ContentOptions } from '@ramble/core/app';
import { type MidiPiece, parseMeter, parseMidi } from '@ramble/music';

/**
 * The piece of one file, by itself, with its meter.
 *
 * @param name - What it is, for errors and repairs.
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
