import type { DataFile, ReadingOptions } from '@ramble/core';
import { type MidiPiece, parseMidi } from '@ramble/music';

/**
 * The pieces of MIDI files, in their order.
 *
 * @throws RangeError that names the file and what is wrong with it, unless bad files are skipped.
 */
export async function* readPieces(
  files: readonly DataFile[],
  { onSkip }: ReadingOptions = {},
): AsyncGenerator<MidiPiece> {
  for (const file of files) {
    const bytes = await readWhole(file);
    try {
      yield parseMidi(file.name, bytes);
    } catch (error) {
      if (!onSkip || !(error instanceof RangeError)) throw error;
      onSkip(error.message);
    }
  }
}

async function readWhole(file: DataFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}
