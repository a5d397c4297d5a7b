import type { DataFile, ReadingOptions } from '@ramble/core';
import type { Score } from '@ramble/music';

import { readScore } from './read-score.js';

/**
 * The scores of MIDI files, in their order.
 *
 * @throws RangeError that names the file and what is wrong with it, unless bad files are skipped.
 */
export async function* readScores(
  files: readonly DataFile[],
  { onSkip, onRepair }: ReadingOptions = {},
): AsyncGenerator<Score> {
  for (const file of files) {
    const bytes = await readWhole(file);
    try {
      yield readScore(file.name, bytes, { onRepair });
    } catch (error) {
      if (!(error instanceof RangeError) || !onSkip) throw error;
      onSkip(error.message);
    }
  }
}

/** Reads all bytes of a file. */
export async function readWhole(file: DataFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}
