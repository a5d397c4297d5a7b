import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder } from '@ramble/datasets';
import { type MidiPiece, unpackPiece } from '@ramble/music';
import { writeWhole } from '@ramble/node';

/**
 * MIDI files that were read before, by the hash of their bytes. What notes count is decided later, so
 * that one entry serves all settings.
 */
export interface PieceCache {
  /**
   * Finds the cached piece of a MIDI file.
   *
   * @returns `undefined` if the cache has no piece for the file, or a damaged one.
   */
  find(name: string, bytes: Uint8Array): Promise<MidiPiece | undefined>;
  keep(bytes: Uint8Array, packed: Uint8Array): Promise<void>;
}

export function pieceCache(folder = join(cacheFolder(), 'pieces')): PieceCache {
  const pathOf = (bytes: Uint8Array): string =>
    join(folder, `${createHash('sha256').update(bytes).digest('hex')}.piece`);
  const writing = new Map<string, Promise<void>>(); // the data may contain a file twice
  const write = (path: string, packed: Uint8Array): Promise<void> =>
    writeWhole(path, async (handle) => {
      await handle.write(packed);
    });
  return {
    find: async (name, bytes) => {
      const packed = await readFile(pathOf(bytes)).catch(() => undefined);
      return packed && unpackPiece(name, packed);
    },
    keep: async (bytes, packed) => {
      const path = pathOf(bytes);
      const begun = writing.get(path) ?? write(path, packed);
      writing.set(path, begun);
      await begun;
    },
  };
}
