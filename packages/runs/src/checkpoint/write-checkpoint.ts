import type { ByteSink } from '@ramble/core';
import { formatJson } from '@ramble/core/files';

import { checkpointFolder } from './checkpoint-steps.js';
import { CHECKSUMS_FILE, formatChecksum, type SavedFile } from './checksums.js';
import type { Crc32, RunStorage } from '../storage/run-storage.js';

type WriteFile = (sink: ByteSink) => Promise<void>;

/**
 * Puts a checkpoint in place as a whole, with the checksums of its files where the storage can
 * compute them: they are taken from the bytes on their way to the disk.
 *
 * @param files - Writers by file name, run one after the other.
 * @throws Error when the step is saved already or the storage cannot take it.
 */
export async function writeCheckpoint(
  storage: RunStorage,
  step: number,
  files: Readonly<Record<string, WriteFile>>,
): Promise<void> {
  const { crc32 } = storage;
  const saved: Record<string, SavedFile> = {};
  const writers: Record<string, WriteFile> = {};
  for (const [name, write] of Object.entries(files)) {
    writers[name] = crc32
      ? async (sink) => {
          saved[name] = await writeSummed(sink, write, crc32);
        }
      : write;
  }
  if (crc32) {
    writers[CHECKSUMS_FILE] = (sink) =>
      sink.write(new TextEncoder().encode(formatJson({ files: saved })));
  }
  await storage.writeFolder(checkpointFolder(step), writers);
}

async function writeSummed(sink: ByteSink, write: WriteFile, crc32: Crc32): Promise<SavedFile> {
  let [sum, sizeBytes] = [0, 0];
  await write({
    write: async (bytes) => {
      const writing = sink.write(bytes);
      writing.catch(() => undefined); // it is told when it is awaited
      sum = crc32(bytes, sum); // while the disk is at work
      sizeBytes += bytes.length;
      await writing;
    },
  });
  return { sizeBytes, crc32: formatChecksum(sum) };
}
